"""Loads SavedModels with tf.saved_model.load and runs them: paths and inputs as JSON in, outputs as JSON out."""

import json
import sys

import numpy as np
import tensorflow as tf


def tensor(given):
    return tf.constant(np.array(given["data"], dtype=given["dtype"]).reshape(given["shape"]))


def answer(path, runs):
    model = tf.saved_model.load(path)
    serve = model.signatures["serving_default"]
    answers = []
    for run in runs:
        outputs = serve(**{key: tensor(given) for key, given in run.items()})
        answers.append(
            {
                key: {
                    "shape": list(value.shape),
                    "dtype": value.dtype.name,
                    "values": value.numpy().astype(np.float64).ravel().tolist(),
                }
                for key, value in outputs.items()
            }
        )
    variables = len(getattr(model, "variables", []))
    return {"answers": answers, "variables": variables}


request = json.load(sys.stdin)
json.dump({"version": tf.__version__, "models": [answer(m["path"], m["runs"]) for m in request]}, sys.stdout)
