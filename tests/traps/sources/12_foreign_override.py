import json
import time


class Encoder(json.JSONEncoder):
    def default(self, value):
        time.sleep(0.001)
        return str(value)


def main():
    time.sleep(0.001)
    print(json.dumps({"a": 1j}, cls=Encoder))


main()
