import time


class Lamp:
    _on = False

    @property
    def on(self):
        return self._on

    @on.setter
    def on(self, value):
        time.sleep(0.001)
        self._on = value


def main():
    lamp = Lamp()
    lamp.on = True
    print(lamp.on)


main()
