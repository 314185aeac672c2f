"""A subscriber in the client's own thread, and a publisher that waits for each acknowledgement."""

import sys
import threading

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

TOPICS = ("plant/temperature", "plant/humidity")


class Subscriber:
    def __init__(self, port: int) -> None:
        self.ready = threading.Event()
        self.full = threading.Event()
        self.messages: list[tuple[str, str, int]] = []
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="subscriber")
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def on_connect(self, client, userdata, flags, reason_code, properties):
        print("connected:", reason_code)
        client.subscribe([(topic, 1) for topic in TOPICS])

    def on_subscribe(self, client, userdata, mid, reason_codes, properties):
        print("granted:", *map(str, reason_codes))
        self.ready.set()

    def on_message(self, client, userdata, message):
        self.messages.append((message.topic, message.payload.decode(), message.qos))
        if len(self.messages) == 6:
            self.full.set()

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def publish(port: int) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="publisher", protocol=mqtt.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for number in range(3):
        for topic in TOPICS:
            sent = client.publish(topic, f"{topic[6]}{number}", qos=1)
            sent.wait_for_publish(10)
            print(topic, number, sent.is_published())
    client.disconnect()
    client.loop_stop()


def main() -> None:
    port = int(sys.argv[1])
    subscriber = Subscriber(port)
    print("ready:", subscriber.ready.wait(10))
    publish(port)
    print("full:", subscriber.full.wait(10))
    subscriber.stop()
    for message in sorted(subscriber.messages):
        print(*message)


if __name__ == "__main__":
    main()
