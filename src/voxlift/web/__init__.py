"""The web service: upload, hear, judge. Flask lives here alone; `docs/service.md` has the map."""
