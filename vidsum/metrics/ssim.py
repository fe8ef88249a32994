"""The structural similarity index (SSIM) of two planes, in three established definitions."""

from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from . import gaussian, pair, uniform7
from ._arrays import Plane, comparable, full_scale

SsimKernel: TypeAlias = Literal["block8", "uniform7", "gaussian"]


def ssim(
    reference: Plane,
    candidate: Plane,
    *,
    kernel: SsimKernel = "block8",
    data_range: int | None = None,
) -> float:
    """Return the mean SSIM of two planes.

    Parameters
    ----------
    reference, candidate
        2-D arrays of the same shape and type, uint8 or uint16.
    kernel
        ``block8``: 8x8 windows at stride 4, equal to FFmpeg's ``ssim`` filter.
        ``uniform7``: 7x7 windows, equal to the default of
        ``skimage.metrics.structural_similarity``.
        ``gaussian``: 11x11 Gaussian windows with sigma 1.5 and population covariance, the
        definition of Wang et al. (2004).
    data_range
        The distance between black and white: 255 for uint8; required for uint16 (1023 for 10-bit
        samples).

    Returns
    -------
    float
        In -1 to 1; 1 for identical planes. ``block8`` leaves out columns and rows past the last
        whole 4x4 samples, as FFmpeg does.

    Raises
    ------
    UsageError
        If the planes differ in shape or type, are smaller than one window, or `kernel` or
        `data_range` is not allowed.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    >>> ssim(ramp, ramp)
    1.0
    >>> round(ssim(ramp, ramp[:, ::-1], kernel="gaussian"), 2)
    0.56
    """
    reference, candidate = comparable(reference, candidate)
    if kernel == "block8":
        return pair.compare(reference, candidate, data_range=data_range).ssim
    scale = full_scale(reference, data_range)
    if kernel == "uniform7":
        return uniform7.ssim(reference, candidate, scale)
    if kernel == "gaussian":
        return gaussian.ssim(reference, candidate, scale)
    raise UsageError(f"kernel is {kernel!r}, allowed are {', '.join(get_args(SsimKernel))}")


def ssim_map(
    reference: Plane,
    candidate: Plane,
    *,
    kernel: Literal["uniform7", "gaussian"] = "gaussian",
    data_range: int | None = None,
) -> NDArray[np.float64]:
    """Return the SSIM around every sample, computed by scikit-image, borders included.

    For seeing where two pictures differ; for the mean alone, `ssim` is 10 to 30 times faster.

    Parameters
    ----------
    reference, candidate, data_range
        As for `ssim`.
    kernel
        ``uniform7`` or ``gaussian``. ``block8`` has no value per sample.

    Returns
    -------
    ndarray
        float64 of the planes' shape, in -1 to 1.

    Raises
    ------
    UsageError
        As for `ssim`.
    """
    from skimage.metrics import structural_similarity  # slow to import

    if kernel not in ("uniform7", "gaussian"):
        raise UsageError(f"kernel is {kernel!r}, allowed are uniform7, gaussian")
    reference, candidate = comparable(reference, candidate)
    scale = full_scale(reference, data_range)
    window = gaussian.WINDOW if kernel == "gaussian" else uniform7.WINDOW
    if min(reference.shape) < window:
        raise UsageError(f"SSIM {kernel} needs planes of at least {window}x{window}")
    options = (
        {"gaussian_weights": True, "sigma": gaussian.SIGMA, "use_sample_covariance": False}
        if kernel == "gaussian"
        else {"win_size": window}
    )
    _, values = structural_similarity(reference, candidate, data_range=scale, full=True, **options)
    return np.asarray(values, np.float64)
