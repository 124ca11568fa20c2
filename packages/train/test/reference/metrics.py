"""Writes metrics.json beside it: random predictions, and the metrics of them by their definitions, in NumPy and double precision."""

import json
from pathlib import Path

import numpy as np

random = np.random.default_rng(7)


def scores(target, predicted, average):
    """Precision, recall and F1 as scikit-learn defines them: over the classes that occur, 0 where undefined."""
    classes = np.unique(np.concatenate([target, predicted]))
    if average == "micro":
        hits = np.sum(target == predicted)
        return [hits / len(target)] * 3
    per_class = []
    for c in classes:
        hits = np.sum((target == c) & (predicted == c))
        precision = hits / np.sum(predicted == c) if np.any(predicted == c) else 0.0
        recall = hits / np.sum(target == c) if np.any(target == c) else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
        per_class.append([precision, recall, f1])
    weights = None if average == "macro" else [np.sum(target == c) for c in classes]
    return np.average(per_class, axis=0, weights=weights).tolist()


def classification(n, classes, occurring):
    logits = random.normal(size=(n, classes)).round(3)
    target = random.choice(occurring, size=n)
    logits[np.arange(n), target] += 0.7
    logits = logits.round(3)
    predicted = logits.argmax(1)
    ranks = np.argsort(-logits, axis=1, kind="stable")
    shifted = logits - logits.max(1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (target, predicted), 1)
    return dict(
        classes=classes,
        logits=logits.tolist(),
        target=target.tolist(),
        accuracy=float(np.mean(predicted == target)),
        top3=float(np.mean([t in r[:3] for t, r in zip(target, ranks)])),
        perplexity=float(np.exp(-np.mean(log_probabilities[np.arange(n), target]))),
        confusion=confusion.tolist(),
        scores={average: scores(target, predicted, average) for average in ["micro", "macro", "weighted"]},
    )


def regression(n, columns, mean, spread):
    target = (mean + spread * random.normal(size=(n, columns))).astype(np.float32).astype(float)
    output = (target + 0.5 * spread * random.normal(size=(n, columns))).astype(np.float32).astype(float)
    error = output - target
    return dict(
        target=target.tolist(),
        output=output.tolist(),
        mse=float(np.mean(error**2)),
        rmse=float(np.sqrt(np.mean(error**2))),
        mae=float(np.mean(np.abs(error))),
        r2=float(1 - np.sum(error**2) / np.sum((target - target.mean()) ** 2)),
    )


everything = dict(
    classification=[classification(60, 5, range(5)), classification(40, 6, [0, 2, 3]), classification(7, 4, [1])],
    regression=[regression(50, 1, 0, 1), regression(30, 3, 1000, 2)],
)
Path(__file__).with_name("metrics.json").write_text(json.dumps(everything) + "\n")
