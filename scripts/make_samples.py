"""Render the sample videos and labels.json, which says what happens in them."""

import argparse
import json
from pathlib import Path

from samples import landscape, lecture, street, transcode
from samples.labels import Json
from samples.video import write_video


def make_street(folder: Path) -> dict[str, Json]:
    scene = street.StreetScene()
    write_video(
        folder / "street.mp4",
        scene.render(),
        size=street.SIZE,
        rate=street.RATE,
        encoding=street.ENCODING,
    )
    return {"street.mp4": scene.labels()}


def make_lecture(folder: Path) -> dict[str, Json]:
    write_video(
        folder / "lecture.mp4",
        lecture.render(),
        size=lecture.SIZE,
        rate=lecture.RATE,
        encoding=lecture.ENCODING,
    )
    return {"lecture.mp4": lecture.labels()}


def make_reference_and_transcoded(folder: Path) -> dict[str, Json]:
    scene = landscape.LandscapeScene()
    reference, transcoded = folder / "reference.mp4", folder / "transcoded.mp4"
    write_video(
        reference,
        scene.render(),
        size=landscape.SIZE,
        rate=landscape.RATE,
        encoding=landscape.ENCODING,
    )
    write_video(
        transcoded,
        transcode.render(reference),
        size=transcode.SIZE,
        rate=landscape.RATE,
        encoding=transcode.ENCODING,
    )
    return {
        reference.name: landscape.labels(scene.frames),
        transcoded.name: transcode.labels(reference, scene.frames),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("sample_videos"),
        metavar="FOLDER",
        help="folder to write to, made if missing (default: %(default)s)",
    )
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    labels: dict[str, Json] = {}
    for make in (make_street, make_lecture, make_reference_and_transcoded):
        labels.update(make(folder))
    (folder / "labels.json").write_text(json.dumps(labels, indent=2) + "\n", encoding="utf-8")
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>9} {path}")


if __name__ == "__main__":
    main()
