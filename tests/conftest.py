"""What holds for every test? The skip policy, and bounded, repeatable property tests."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "skip_policy", "databases"]

settings.register_profile(
    "integra",
    max_examples=50,
    deadline=None,  # two cores are shared: a slow example is no failure
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("integra")
