"""`/api/v1`: all that the pages do, for programs. A job's token is in its address; whoever has it, has the job."""

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")

from voxlift.web.api import description, events, jobs, results, verdicts  # they add their routes
