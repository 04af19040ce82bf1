"""Files in a bucket of S3, or of what speaks like it, where S3_BUCKET is given; wants requirements-extras.lock."""

from django.core.exceptions import ImproperlyConfigured

MISSING = "S3_BUCKET is given and the package django-storages[s3] is not there: install requirements-extras.lock."


def backend(**options) -> dict:
    """For STORAGES. `options`: bucket_name, endpoint_url, region_name, access_key, secret_key, addressing_style."""
    try:
        import storages.backends.s3  # noqa: F401
        from botocore.config import Config
    except ImportError:
        raise ImproperlyConfigured(MISSING) from None
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": options.pop("addressing_style")},
        connect_timeout=5,
        read_timeout=30,
        retries={"total_max_attempts": 3, "mode": "standard"},
        # Not all that speaks like S3 knows the sums which AWS added later; ours are SHA-256, and kept beside the rows.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    given = {name: value for name, value in options.items() if value}
    # Names are new each time: what is there is never written over. Nobody is given an address of the bucket.
    own = {"file_overwrite": False, "default_acl": None, "client_config": config}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**given, **own}}
