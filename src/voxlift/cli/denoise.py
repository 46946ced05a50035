"""`voxlift denoise`: speech out of noise."""

from voxlift.cli.lifting import lift_command

denoise = lift_command(
    "denoise",
    """Lift speech out of noise.

    Takes files, folders (with all below them) and patterns such as '*.mp3': wav, flac, ogg, opus, mp3, m4a, and the
    sound of mp4, mkv, webm and mov. Each NAME.EXT becomes NAME.voice.EXT beside it, of the same length, rate,
    channels and bit depth.
    """,
)
