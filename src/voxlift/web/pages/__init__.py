"""The pages: forms and links that work without a script; scripts may make them nicer."""

from flask import Blueprint

pages = Blueprint("pages", __name__)

from voxlift.web.pages import front, recording, wording  # they add their routes and words
