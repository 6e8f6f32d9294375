# One image with everything: PostgreSQL and Valkey come from wheels and run inside it, unless MAITRED_DATABASE_URL and
# MAITRED_REDIS_URL name others. Its whole state is in /data.
#
#   docker build -t maitred . && docker run -p 8000:8000 -v maitred:/data maitred
FROM python:3.11-slim-bookworm

RUN useradd --system --uid 1000 --create-home maitred && install -d -o maitred -g maitred -m 0711 /data
WORKDIR /app
COPY pyproject.toml uv.lock ./
# the locked dependencies alone: this layer stays while only the house changes
RUN pip install --no-cache-dir uv==0.13.8 && uv sync --locked --no-dev --no-install-project --no-cache
COPY . .
RUN uv sync --locked --no-dev --no-cache

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAITRED_HOST=0.0.0.0 \
    MAITRED_DATA_DIR=/data
USER 1000
VOLUME /data
EXPOSE 8000
# readiness, not liveness: the supervisor inside restarts what died, the platform only needs to know who may get guests
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('MAITRED_PORT', '8000') + '/health/ready', timeout=2)"]
CMD ["maitred", "serve"]
