"""Quality of images and clusterings: Fréchet and kernel distance, precision, recall, accuracy."""

from latentbo.images.metrics.classifier import (
    ClassifierConfig,
    ImageClassifier,
    classifier,
    load_classifier,
    save_classifier,
)
from latentbo.images.metrics.clustering import (
    ClusterMatch,
    clustering_accuracy,
    confusion_counts,
    mean_average_precision,
    normalized_mutual_information,
)
from latentbo.images.metrics.confusion import confusion_figure
from latentbo.images.metrics.efficientnet import efficientnet_lite0
from latentbo.images.metrics.features import FeatureNetwork, distance_name
from latentbo.images.metrics.frechet import frechet_distance
from latentbo.images.metrics.generators import (
    Estimate,
    GeneratorQuality,
    MeasurementConfig,
    measure_generator,
)
from latentbo.images.metrics.inception import inception
from latentbo.images.metrics.kernel import KernelDistance, kernel_distance, squared_discrepancy
from latentbo.images.metrics.neighbours import PrecisionRecall, neighbour_radii, precision_recall
from latentbo.images.metrics.networks import (
    FEATURE_NETWORKS,
    classifier_network,
    feature_network,
    pixels_network,
)
from latentbo.images.metrics.structural_similarity import (
    SIMILARITY_PRESETS,
    SimilarityConfig,
    multiscale_similarity,
)
from latentbo.images.metrics.weights import weights_digest

__all__ = [
    "FEATURE_NETWORKS",
    "SIMILARITY_PRESETS",
    "ClassifierConfig",
    "ClusterMatch",
    "Estimate",
    "FeatureNetwork",
    "GeneratorQuality",
    "ImageClassifier",
    "KernelDistance",
    "MeasurementConfig",
    "PrecisionRecall",
    "SimilarityConfig",
    "classifier",
    "classifier_network",
    "clustering_accuracy",
    "confusion_counts",
    "confusion_figure",
    "distance_name",
    "efficientnet_lite0",
    "feature_network",
    "frechet_distance",
    "inception",
    "kernel_distance",
    "load_classifier",
    "mean_average_precision",
    "measure_generator",
    "multiscale_similarity",
    "neighbour_radii",
    "normalized_mutual_information",
    "pixels_network",
    "precision_recall",
    "save_classifier",
    "squared_discrepancy",
    "weights_digest",
]
