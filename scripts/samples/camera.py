"""A pinhole camera above a street.

World coordinates are metres: x to the right along the street, y up, z away from the camera.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Vector: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where the camera stands, which way it looks and how many pixels it has."""

    width: int
    height: int
    focal_pixels: float
    height_metres: float
    yaw_left_degrees: float
    pitch_down_degrees: float

    def enlarged(self, factor: int) -> "Camera":
        """The same view with `factor` times as many pixels each way."""
        return Camera(
            width=self.width * factor,
            height=self.height * factor,
            focal_pixels=self.focal_pixels * factor,
            height_metres=self.height_metres,
            yaw_left_degrees=self.yaw_left_degrees,
            pitch_down_degrees=self.pitch_down_degrees,
        )

    def matrix(self) -> Matrix:
        """Matrix from world coordinates (relative to the camera) to scaled pixels.

        Its result is (column * depth, row * depth, depth).
        """
        yaw, pitch = np.radians((self.yaw_left_degrees, self.pitch_down_degrees))
        right = (np.cos(yaw), 0.0, np.sin(yaw))
        forward = (-np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch))
        down = np.cross(right, forward)
        intrinsic = [
            [self.focal_pixels, 0.0, self.width / 2],
            [0.0, self.focal_pixels, self.height / 2],
            [0.0, 0.0, 1.0],
        ]
        rotation = np.asarray([right, down, forward])
        return np.asarray(np.asarray(intrinsic) @ rotation, np.float64)

    def project(self, points: NDArray[np.float64]) -> tuple[Matrix, NDArray[np.float64]]:
        """Pixels (column, row) and depths in metres of world points, one per row."""
        relative = np.atleast_2d(points) - (0.0, self.height_metres, 0.0)
        scaled = relative @ self.matrix().T
        return scaled[:, :2] / scaled[:, 2:], scaled[:, 2]

    def plane_homography(
        self, origin: Vector, right: Vector, down: Vector, pixels_per_metre: float
    ) -> Matrix:
        """Homography from texture pixels of a plane to picture pixels.

        The texture's upper left corner is at `origin`; `right` and `down` are unit vectors of
        its columns and rows. The homography is scaled so that its third result is the depth.
        """
        start = np.asarray(origin) - (0.0, self.height_metres, 0.0)
        basis = np.column_stack(
            (np.asarray(right) / pixels_per_metre, np.asarray(down) / pixels_per_metre, start)
        )
        return self.matrix() @ basis
