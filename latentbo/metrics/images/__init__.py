"""Quality of images and clusterings: Fréchet and kernel distance, precision, recall, accuracy."""

from latentbo.metrics.images.classifier import (
    ClassifierConfig,
    ImageClassifier,
    classifier,
    load_classifier,
    save_classifier,
)
from latentbo.metrics.images.clustering import (
    ClusterMatch,
    clustering_accuracy,
    confusion_counts,
    mean_average_precision,
    normalized_mutual_information,
)
from latentbo.metrics.images.confusion import confusion_figure
from latentbo.metrics.images.efficientnet import efficientnet_lite0
from latentbo.metrics.images.features import FeatureNetwork, distance_name
from latentbo.metrics.images.frechet import frechet_distance
from latentbo.metrics.images.generators import (
    Estimate,
    GeneratorQuality,
    MeasurementConfig,
    measure_generator,
)
from latentbo.metrics.images.inception import inception
from latentbo.metrics.images.kernel import KernelDistance, kernel_distance, squared_discrepancy
from latentbo.metrics.images.neighbours import PrecisionRecall, neighbour_radii, precision_recall
from latentbo.metrics.images.networks import (
    FEATURE_NETWORKS,
    classifier_network,
    feature_network,
    pixels_network,
)
from latentbo.metrics.images.structural_similarity import (
    SIMILARITY_PRESETS,
    SimilarityConfig,
    multiscale_similarity,
)
from latentbo.metrics.images.weights import weights_digest

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
