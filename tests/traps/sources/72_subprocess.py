import subprocess
import sys


def main():
    done = subprocess.run([sys.executable, "-c", "print('child')"], capture_output=True, text=True, timeout=30)
    print(done.returncode, done.stdout)


main()
