"""Images with counted objects: data, GANs, training, metrics, diagnostics (chapter 3)."""
