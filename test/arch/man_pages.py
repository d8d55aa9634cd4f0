"""The manual pages have no mistake that groff knows of, and name the options that the programs have.

man_pages.py <groff> <page> [<program>]: the options are those that `<program> --help` and the help of its subcommands print.
"""
import re
import subprocess
import sys


def warnings(groff, page):
    run = subprocess.run([groff, "-ww", "-mdoc", "-Tascii", "-z", page], text=True, capture_output=True, check=False)
    return run.stderr.splitlines() + ([f"exit code {run.returncode}"] if run.returncode else [])


def options_of_page(text):
    return {f"-{name}" for name in re.findall(r"\bFl (-[a-z-]+)", text)}


def options_of_program(program):
    def help_of(*subcommand):
        return subprocess.run([program, *subcommand, "--help"], text=True, capture_output=True, check=True).stdout

    text = help_of()
    subcommands = re.findall(r"^  ([a-z]+) ", text.partition("Subcommands:")[2], re.M)
    return set(re.findall(r"--[a-z-]+", " ".join([text] + [help_of(name) for name in subcommands])))


def main(groff, page, program=None):
    found = warnings(groff, page)
    if program:
        with open(page, encoding="ascii") as file:
            documented = options_of_page(file.read())
        there = options_of_program(program)
        found += [f"{option} is not in the page" for option in sorted(there - documented)]
        found += [f"{option} is not an option" for option in sorted(documented - there)]
    for line in found:
        print(f"{page}: {line}")
    return found != []


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
