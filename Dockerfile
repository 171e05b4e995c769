FROM python:3.11-slim
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && useradd --system dashboard && install -d -o dashboard instance
COPY gunicorn.conf.py ./
COPY webapp webapp
COPY templates templates
COPY static static
USER dashboard
VOLUME /app/instance
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["sh", "-c", "python -m webapp upgrade-store && exec gunicorn --bind 0.0.0.0:8000"]
