import time


def load():
    time.sleep(0.001)
    return [1, 2]


NAMES = load()
for name in NAMES:
    time.sleep(0.001)
    print(name)
