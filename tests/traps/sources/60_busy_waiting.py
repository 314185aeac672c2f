import threading
import time

done = False


def work():
    global done
    time.sleep(0.005)
    done = True


def main():
    threading.Thread(target=work).start()
    while not done:
        time.sleep(0)
    print("done")


main()
