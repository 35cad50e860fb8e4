"""What does FastAPI cost alone? Routes that read the same signed form, or the same path, and do nothing with it."""

import sys

import uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.post("/webhooks/{kind}/{account}")
async def receive(kind: str, account: str, request: Request) -> Response:
    """Read the form; say nothing."""
    form = await request.form()
    return Response(status_code=204 if form else 400)


@app.get("/l/{code}")
async def follow(code: str) -> Response:
    """Lead nowhere."""
    return Response(status_code=204 if code else 400)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
