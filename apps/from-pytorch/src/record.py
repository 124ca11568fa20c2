"""Runs the two PyTorch programs and prints what they give: python3 record.py > recorded.json (PyTorch 1.13.1, CPU)."""
import json
import gpt
import lenet

losses, generated = gpt.train(40)
print(json.dumps({"lenet": lenet.train(20), "gpt": {"losses": losses, "generated": generated}}))
