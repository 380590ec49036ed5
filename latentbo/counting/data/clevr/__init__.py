"""Our own renderer of scenes like CLEVR's: spheres, cylinders and cubes on a grey ground."""
