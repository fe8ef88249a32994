"""How alike two planes of samples are: MSE, PSNR and SSIM on arrays, without files.

The kernels are compiled once, release the GIL while they run, and each matches the reference that
its module names.
"""

from .block8 import Block8Reference
from .mse import mse, psnr
from .ssim import SsimKernel, ssim, ssim_map

__all__ = ["Block8Reference", "SsimKernel", "mse", "psnr", "ssim", "ssim_map"]
