"""A picture in perspective, and the flat furniture that stands in it."""

import cv2
import numpy as np

from samples.camera import Camera, Matrix
from samples.draw import FloatPicture, Picture, Points, fill_polygon, scaled
from samples.street_houses import HAZE, HAZE_METRES


class Canvas:
    """Paints planes from far to near into a picture and notes how far away they are."""

    def __init__(self, camera: Camera, picture: FloatPicture) -> None:
        self.camera = camera
        self.picture = picture
        self.occluder_metres: FloatPicture = np.full(picture.shape[:2], np.inf, np.float32)

    def paint(
        self,
        texture: FloatPicture,
        homography: Matrix,
        *,
        occludes: bool = True,
        mask: Picture | None = None,
    ) -> None:
        """Paint the texture of a plane, where its mask is set, with the haze of its distance."""
        height, width = self.picture.shape[:2]
        size = (width, height)
        if mask is None:
            mask = np.full(texture.shape[:2], 255, np.uint8)
        warped = cv2.warpPerspective(
            texture, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        coverage = cv2.warpPerspective(mask, homography, size, flags=cv2.INTER_LINEAR)
        share = (np.asarray(coverage, np.float32) / 255)[:, :, None]
        inverse = np.linalg.inv(homography)[2]
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        inverse_depth = inverse[0] * columns + inverse[1] * rows + inverse[2]
        depth = 1 / np.maximum(inverse_depth, 1e-6)
        haze = (1 - np.exp(-depth / HAZE_METRES)).astype(np.float32)[:, :, None]
        hazed = warped + (HAZE - warped) * haze
        self.picture += (hazed - self.picture) * share
        if occludes:
            solid = share[:, :, 0] > 0.5
            self.occluder_metres[solid] = depth[solid]


def _billboard(
    canvas: Canvas,
    texture: FloatPicture,
    mask: Picture,
    foot: tuple[float, float],
    pixels_per_metre: float,
) -> None:
    """Stand a flat picture upright on the ground, facing the street."""
    height, width = mask.shape
    corner = (foot[0] - width / 2 / pixels_per_metre, height / pixels_per_metre, foot[1])
    homography = canvas.camera.plane_homography(
        corner, (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), pixels_per_metre
    )
    canvas.paint(texture, homography, mask=mask)


def draw_lamp_post(canvas: Canvas, foot: tuple[float, float]) -> None:
    scale = 60
    mask: Picture = np.zeros((round(6.2 * scale), round(2.4 * scale)), np.uint8)
    height, width = mask.shape
    middle = width / 2
    fill_polygon(
        mask,
        [(middle - 4, 12), (middle + 4, 12), (middle + 6, height), (middle - 6, height)],
        (255, 255, 255),
    )
    fill_polygon(
        mask,
        [
            (middle - 9, height - 70),
            (middle + 9, height - 70),
            (middle + 10, height),
            (middle - 10, height),
        ],
        (255, 255, 255),
    )
    fill_polygon(
        mask,
        [(middle - 4, 12), (middle + 54, 2), (middle + 68, 10), (middle + 54, 16), (middle, 22)],
        (255, 255, 255),
    )
    across = (np.arange(width, dtype=np.float32) - middle) / 9
    roundness = np.clip(1.1 - 0.35 * across, 0.6, 1.4)[None, :, None]
    texture = np.full((height, width, 3), (84, 88, 80), np.float32) * roundness
    _billboard(canvas, texture, mask, foot, scale)


def draw_tree(canvas: Canvas, foot: tuple[float, float], generator: np.random.Generator) -> None:
    scale = 50
    height, width = round(6.4 * scale), round(4.6 * scale)
    mask: Picture = np.zeros((height, width), np.uint8)
    texture = np.full((height, width, 3), (58, 68, 84), np.float32)
    middle = width / 2
    trunk: Points = [
        (middle - 5, height * 0.4),
        (middle + 4, height * 0.4),
        (middle + 9, height),
        (middle - 9, height),
    ]
    fill_polygon(mask, trunk, (255, 255, 255))
    leaves: Picture = np.zeros_like(mask)
    blobs: Picture = np.zeros((height, width, 3), np.uint8)
    # Clumps of small leaves, lit from the upper left: those painted last lie in front.
    for _ in range(26):
        angle, reach = generator.uniform(0, 2 * np.pi), np.sqrt(generator.random())
        clump_x = middle + reach * np.cos(angle) * width * 0.31
        clump_y = height * 0.34 + reach * np.sin(angle) * height * 0.22
        clump_radius = generator.uniform(0.1, 0.19) * width
        for _ in range(170):
            x, y = generator.normal((clump_x, clump_y), clump_radius * 0.5)
            light = 0.78 - 0.35 * (x - middle) / width - 0.8 * (y / height - 0.34)
            light -= 0.5 * (y - clump_y) / clump_radius * 0.5
            light += float(generator.normal(0, 0.1))
            level = scaled((44, 88, 82), max(light, 0.3) * 1.2)
            turn = generator.uniform(0, np.pi)
            size = generator.uniform(1.5, 3.8)
            leaf = [
                (x + size * np.cos(turn + k * 1.6), y + size * np.sin(turn + k * 1.6) * 0.8)
                for k in range(4)
            ]
            fill_polygon(blobs, leaf, level)
            fill_polygon(leaves, leaf, (255, 255, 255))
    covered = leaves > 0
    texture[covered] = blobs[covered]
    _billboard(canvas, texture, np.maximum(mask, leaves), foot, scale)
