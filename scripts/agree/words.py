#!/usr/bin/python3
"""Draws known words in several fonts: words.py DIRECTORY writes pictures, and the text that is in all of them as words.txt.

Needs python3-pil, fonts-dejavu and fonts-liberation.
"""

import pathlib
import sys

from PIL import Image, ImageDraw, ImageFont

FONTS = pathlib.Path("/usr/share/fonts/truetype")

# Font, size, text.
LINES = (
    ("dejavu/DejaVuSans-Bold", 40, "Tessera reads these words"),
    ("dejavu/DejaVuSans", 30, "with convolutions and products of matrices"),
    ("liberation/LiberationSerif-Italic", 34, "and a little geometry: the quick brown fox"),
    ("dejavu/DejaVuSerif", 28, "jumps over the lazy dog"),
    ("liberation/LiberationMono-Regular", 26, "registers of 512 bits and tiles in them"),
    ("liberation/LiberationSans-Bold", 36, "packed once, used often"),
    ("dejavu/DejaVuSansMono", 22, "price 42.75 and 1968 pieces"),
    ("liberation/LiberationSans-Regular", 20, "small print on the last line"),
)
TEXT = [text for _, _, text in LINES]


def page(ink="black", paper="white"):
    picture = Image.new("RGB", (900, 560), paper)
    draw = ImageDraw.Draw(picture)
    for number, (font, size, text) in enumerate(LINES):
        draw.text((30, 25 + 66 * number), text, fill=ink, font=ImageFont.truetype(str(FONTS / f"{font}.ttf"), size))
    return picture


def turned(picture, degrees):
    return picture.rotate(degrees, expand=True, fillcolor="white", resample=Image.BICUBIC)


def write(directory):
    """Names of the pictures: as drawn, in other formats, colours, sizes, and lying otherwise."""
    upright = page()
    upright.save(directory / "words.png")
    upright.save(directory / "words.ppm")
    upright.save(directory / "words_75.jpg", quality=75)
    page("#f4f1de", "#1d3557").save(directory / "words_on_blue.png")
    upright.resize((2700, 1680), Image.BICUBIC).save(directory / "words_large.png")
    for degrees in (90, 180, 270, 8, -15):
        turned(upright, degrees).save(directory / f"words_{degrees}_degrees.png")
    (directory / "words.txt").write_text("".join(f"{line}\n" for line in TEXT))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]))
