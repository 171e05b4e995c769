FROM python:3.11-slim
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY requirements.txt .
# The user has a number of its own, so that volumes stay its own with every later image.
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && useradd --system --user-group --uid 999 dashboard \
    && install -d -o dashboard -g dashboard -m 700 instance
COPY gunicorn.conf.py ./
COPY webapp webapp
COPY templates templates
COPY static static
USER 999
VOLUME /app/instance
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "import http.client, os, sys; dashboard = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=4); dashboard.request('GET', '/health/live'); sys.exit(dashboard.getresponse().status != 200)"]
# With its workers' files in memory, it also runs where nothing but the volume can be written to.
CMD ["sh", "-c", "python -m webapp upgrade-store && exec gunicorn --config gunicorn.conf.py --bind \"0.0.0.0:${PORT:-8000}\" --worker-tmp-dir /dev/shm"]
