"""Draw the README's picture: what `vidsum condense` keeps of the street sample.

    python scripts/make_picture.py            # writes docs/street.jpg

A kept frame of each object that passes, with its time and a ring where it differs most from the
frame that was kept before it.
"""

import csv
import json
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np

import vidsum

ROOT = Path(__file__).resolve().parent.parent
STREET = ROOT / "sample_videos" / "street.mp4"
PICTURE = ROOT / "docs" / "street.jpg"

COLUMNS = 4
TILE = (480, 270)
ORANGE = (0, 140, 255)


def main() -> None:
    """Condense the sample and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "street.mp4"
        result = vidsum.condense(STREET, writing=vidsum.Writing(output=output))
        assert result.scores is not None
        with result.scores.open() as file:
            rows = [row for row in csv.DictReader(file) if row["reason"] == "change"]
        chosen = {int(row["output_frame"]): row for row in examples(rows)}
        with av.open(str(output)) as video:
            tiles = [
                tile(frame.to_ndarray(format="bgr24"), chosen[number])
                for number, frame in enumerate(video.decode(video=0))
                if number in chosen
            ]
    while len(tiles) % COLUMNS:
        tiles.append(np.full_like(tiles[0], 255))
    rows_of_tiles = [np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)]
    PICTURE.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(PICTURE), np.vstack(rows_of_tiles))


def examples(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return a kept row from early in each object's passage."""
    labels = json.loads((STREET.parent / "labels.json").read_text())[STREET.name]
    chosen = []
    for passage in labels["objects"]:
        early = (3 * passage["first"] + passage["last"]) / 4
        chosen.append(min(rows, key=lambda row: abs(int(row["frame"]) - early)))
    return sorted(chosen, key=lambda row: int(row["frame"]))


def tile(picture: np.ndarray, row: dict[str, str]) -> np.ndarray:
    """Return a small picture with the time and the ring."""
    scale = TILE[0] / picture.shape[1]
    small = cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA)
    centre = (round(int(row["x"]) * scale), round(int(row["y"]) * scale))
    cv2.circle(small, centre, 16, ORANGE, 2, cv2.LINE_AA)
    label = f"{float(row['time']):.2f} s   local SSIM {float(row['local_ssim']):.2f}"
    cv2.rectangle(small, (0, TILE[1] - 22), (TILE[0], TILE[1]), (0, 0, 0), -1)
    place = (8, TILE[1] - 7)
    cv2.putText(small, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, ORANGE, 1, cv2.LINE_AA)
    return small


if __name__ == "__main__":
    main()
