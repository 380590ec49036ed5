"""Tables 5.1 to 5.7 of the thesis, as it reports them: at full scale, FID by Inception-v3."""

#: Bounds of the perturbations, in the order of the columns.
LAMBDAS = (1.0, 3.0, 5.0)


def published(values: tuple[float, ...], group: int, radius: float) -> float | None:
    """Return a value of a group of columns that has one for each lambda; None: not reported.

    Args:
        values: Of a row, whose groups stand first.
        group: Number of the group, from 0.
        radius: The bound.
    """
    if radius not in LAMBDAS:
        return None
    return values[group * len(LAMBDAS) + LAMBDAS.index(radius)]


def _lines(text: str) -> dict[str, tuple[float, ...]]:
    """Return the numbers of each line by its first word."""
    words = [line.split() for line in text.strip().splitlines()]
    return {name: tuple(map(float, numbers)) for name, *numbers in words}


def _by_dataset(text: str) -> dict[str, dict[str, tuple[float, ...]]]:
    """Return the numbers of each line by its first two words."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for line in text.strip().splitlines():
        dataset, method, *numbers = line.split()
        found.setdefault(dataset, {})[method] = tuple(map(float, numbers))
    return found


#: Table 5.1: data set -> method -> similarities at each lambda of, under the latent attack, target
#: and attacked reconstruction, image and attacked image; under maximum damage, clean and attacked
#: reconstruction, image and attacked image; last, FID of samples.
ROBUSTNESS = _by_dataset("""
mnist vae 0.55 0.78 0.89 0.99 0.94 0.87 0.64 0.27 0.08 0.98 0.93 0.86 43.21
mnist beta-vae 0.52 0.73 0.86 0.99 0.92 0.86 0.65 0.36 0.21 0.98 0.93 0.87 42.72
mnist beta-tcvae 0.53 0.69 0.83 0.98 0.92 0.86 0.73 0.38 0.28 0.98 0.93 0.87 45.61
mnist lipschitz-vae 0.50 0.68 0.79 0.98 0.93 0.89 0.75 0.41 0.33 0.98 0.93 0.86 59.45
mnist smooth-encoder 0.49 0.62 0.68 0.98 0.92 0.86 0.90 0.60 0.54 0.98 0.93 0.86 47.34
mnist avae 0.49 0.59 0.62 0.98 0.91 0.83 0.80 0.65 0.59 0.97 0.89 0.86 48.47
mnist coupled 0.38 0.47 0.60 0.95 0.90 0.80 0.92 0.82 0.69 0.98 0.89 0.78 39.37
fashion-mnist vae 0.61 0.65 0.71 0.98 0.91 0.82 0.58 0.29 0.13 0.99 0.94 0.87 70.22
fashion-mnist beta-vae 0.59 0.61 0.68 0.98 0.92 0.82 0.66 0.32 0.15 0.99 0.94 0.85 73.82
fashion-mnist beta-tcvae 0.55 0.58 0.64 0.98 0.92 0.82 0.69 0.35 0.27 0.99 0.94 0.87 73.94
fashion-mnist lipschitz-vae 0.43 0.59 0.67 0.99 0.94 0.89 0.71 0.34 0.30 0.99 0.94 0.88 79.45
fashion-mnist smooth-encoder 0.24 0.43 0.53 0.98 0.92 0.81 0.90 0.62 0.43 0.99 0.94 0.86 72.29
fashion-mnist avae 0.32 0.34 0.35 0.98 0.92 0.82 0.79 0.52 0.45 0.99 0.94 0.92 74.45
fashion-mnist coupled 0.22 0.26 0.39 0.97 0.91 0.81 0.92 0.77 0.63 0.97 0.92 0.83 64.89
svhn vae 0.46 0.76 0.87 0.98 0.87 0.77 0.55 0.46 0.38 0.99 0.93 0.89 58.98
svhn beta-vae 0.44 0.70 0.81 0.99 0.89 0.77 0.52 0.49 0.47 0.99 0.93 0.88 61.65
svhn beta-tcvae 0.39 0.65 0.72 0.99 0.89 0.77 0.63 0.60 0.54 0.99 0.92 0.88 62.59
svhn lipschitz-vae 0.35 0.62 0.71 0.99 0.89 0.76 0.66 0.65 0.55 0.99 0.93 0.88 65.58
svhn smooth-encoder 0.19 0.33 0.34 0.99 0.92 0.81 0.79 0.69 0.60 0.99 0.96 0.94 61.28
svhn coupled 0.16 0.26 0.28 0.98 0.77 0.76 0.84 0.79 0.75 0.98 0.92 0.86 38.89
celeba vae 0.59 0.60 0.66 0.99 0.99 0.97 0.64 0.58 0.55 0.99 0.98 0.98 69.48
celeba beta-vae 0.55 0.58 0.64 0.99 0.99 0.97 0.68 0.60 0.59 0.99 0.98 0.97 75.65
celeba beta-tcvae 0.54 0.51 0.61 0.99 0.99 0.97 0.76 0.71 0.64 0.98 0.99 0.96 75.11
celeba lipschitz-vae 0.49 0.51 0.55 0.99 0.98 0.97 0.73 0.70 0.64 0.98 0.98 0.96 77.89
celeba smooth-encoder 0.27 0.31 0.34 0.99 0.98 0.96 0.97 0.91 0.76 0.99 0.98 0.98 72.68
celeba coupled 0.28 0.29 0.32 0.99 0.98 0.96 0.97 0.93 0.80 0.99 0.98 0.96 51.98
""")
#: Tables 5.2 and 5.3: similarity of an image and its reconstruction last; first that of an attacked
#: image and its own, at each lambda, under the latent attack and under maximum damage.
DECODER = _by_dataset("""
mnist vae 0.71 0.42 0.24 0.66 0.35 0.31 0.94
mnist beta-vae 0.73 0.48 0.31 0.64 0.38 0.35 0.93
mnist beta-tcvae 0.72 0.47 0.25 0.64 0.40 0.38 0.93
mnist lipschitz-vae 0.70 0.46 0.38 0.66 0.44 0.39 0.85
mnist smooth-encoder 0.71 0.53 0.48 0.69 0.58 0.50 0.91
mnist avae 0.70 0.55 0.50 0.71 0.62 0.59 0.92
mnist coupled 0.89 0.79 0.55 0.82 0.70 0.61 0.97
fashion-mnist vae 0.61 0.52 0.50 0.45 0.33 0.29 0.88
fashion-mnist beta-vae 0.61 0.57 0.51 0.53 0.26 0.29 0.87
fashion-mnist beta-tcvae 0.62 0.59 0.53 0.54 0.23 0.31 0.88
fashion-mnist lipschitz-vae 0.77 0.58 0.55 0.58 0.29 0.35 0.84
fashion-mnist smooth-encoder 0.78 0.67 0.60 0.67 0.65 0.48 0.86
fashion-mnist avae 0.80 0.75 0.61 0.85 0.65 0.47 0.87
fashion-mnist coupled 0.79 0.76 0.62 0.89 0.71 0.56 0.91
svhn vae 0.71 0.62 0.57 0.68 0.58 0.50 0.85
svhn beta-vae 0.72 0.60 0.58 0.68 0.57 0.52 0.84
svhn beta-tcvae 0.71 0.61 0.59 0.69 0.58 0.51 0.85
svhn lipschitz-vae 0.74 0.63 0.58 0.68 0.60 0.54 0.80
svhn smooth-encoder 0.79 0.69 0.62 0.82 0.78 0.62 0.83
svhn coupled 0.81 0.73 0.66 0.84 0.80 0.65 0.90
celeba vae 0.79 0.72 0.65 0.76 0.71 0.65 0.84
celeba beta-vae 0.74 0.71 0.67 0.75 0.73 0.69 0.83
celeba beta-tcvae 0.73 0.68 0.64 0.75 0.70 0.68 0.83
celeba lipschitz-vae 0.74 0.70 0.67 0.75 0.72 0.69 0.79
celeba smooth-encoder 0.79 0.75 0.70 0.78 0.76 0.74 0.80
celeba coupled 0.80 0.77 0.70 0.80 0.79 0.77 0.86
""")
#: Table 5.4, on MNIST: the first and third group of table 5.1, and FID.
ABLATION = _lines("""
gmm-dae 0.54 0.70 0.82 0.75 0.37 0.30 38.89
augmented 0.47 0.59 0.71 0.79 0.56 0.54 40.16
coupled 0.38 0.47 0.60 0.92 0.82 0.69 39.37
""")
#: Table 5.5, on MNIST: number of components -> columns of table 5.1.
COMPONENTS = _lines("""
1 0.48 0.62 0.70 0.99 0.93 0.86 0.89 0.73 0.62 0.98 0.92 0.86 42.45
5 0.43 0.53 0.66 0.98 0.92 0.83 0.91 0.76 0.65 0.98 0.91 0.82 40.11
10 0.38 0.47 0.60 0.95 0.90 0.80 0.92 0.82 0.69 0.98 0.89 0.78 39.37
15 0.37 0.45 0.58 0.95 0.89 0.80 0.93 0.82 0.70 0.97 0.89 0.77 39.04
20 0.37 0.45 0.57 0.94 0.88 0.79 0.93 0.83 0.71 0.97 0.88 0.78 38.49
25 0.36 0.43 0.58 0.94 0.88 0.78 0.94 0.83 0.71 0.97 0.88 0.77 38.02
""")
#: Table 5.6, on MNIST: coupling alpha -> columns of table 5.1.
COUPLING = _lines("""
0.1 0.46 0.56 0.68 0.98 0.91 0.84 0.80 0.59 0.50 0.98 0.91 0.80 40.18
0.3 0.44 0.55 0.65 0.97 0.92 0.82 0.81 0.65 0.61 0.97 0.90 0.80 39.84
0.5 0.43 0.53 0.64 0.97 0.90 0.82 0.85 0.75 0.63 0.98 0.89 0.80 40.01
0.7 0.40 0.49 0.63 0.96 0.90 0.81 0.90 0.79 0.67 0.98 0.89 0.79 39.28
0.9 0.39 0.48 0.62 0.95 0.90 0.80 0.91 0.81 0.68 0.98 0.89 0.78 39.61
0.95 0.38 0.47 0.60 0.95 0.90 0.80 0.92 0.82 0.69 0.98 0.89 0.78 39.37
1 0.38 0.47 0.59 0.95 0.89 0.80 0.92 0.83 0.69 0.97 0.87 0.78 41.86
""")
#: Table 5.7: data set -> method -> accuracy of the classifier in percent, clean and at lambda 1.
THESIS_CLASSIFIER = _by_dataset("""
mnist vae 92.16 58.85
mnist beta-tcvae 93.02 61.06
mnist lipschitz-vae 90.78 62.00
mnist smooth-encoder 93.81 68.65
mnist coupled 96.08 91.78
fashion-mnist vae 80.65 59.15
fashion-mnist beta-tcvae 81.25 60.77
fashion-mnist lipschitz-vae 80.50 62.06
fashion-mnist smooth-encoder 80.10 66.83
fashion-mnist coupled 85.96 78.86
svhn vae 61.70 25.63
svhn beta-tcvae 62.02 30.12
svhn lipschitz-vae 60.99 33.99
svhn smooth-encoder 62.36 44.40
svhn coupled 70.96 59.20
""")
