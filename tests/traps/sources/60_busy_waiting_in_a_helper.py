import threading
import time

counter = 0


def work():
    global counter
    for _ in range(5):
        time.sleep(0.005)
        counter += 1


def wait_until(predicate):
    rounds = 0
    while not predicate():
        rounds += 1
    return rounds > 0


def wait_for(thread):
    while thread.is_alive():
        pass


def main():
    thread = threading.Thread(target=work)
    thread.start()
    print(wait_until(lambda: counter == 5), counter)
    wait_for(thread)
    print("done")


main()
