"""Which family of practices stands in the browser tests' world? Adapted abroad, and back again."""

from __future__ import annotations

from browser.world import FR, PT, World

EVIDENCE = {"level": 2, "limits": {"pt": "Um só local, sem comparação."}}


async def grow(world: World) -> None:
    """Let the French adapt a Portuguese practice, and the Portuguese adapt that again."""
    world.ids["origin"] = world.ids["ref"]
    world.ids["adapted"] = await adapted(
        world,
        FR,
        world.ids["origin"],
        "Com as famílias desde o início",
        "Quinze de dezoito ficaram.",
    )
    world.ids["again"] = await adapted(
        world, PT, world.ids["adapted"], "Também por telefone, onde não há associação", ""
    )
    await _age(world)
    await arrival(world, FR, world.ids["again"])
    path = f"/practices/{world.ids['again']}/adapt"
    made = await world.as_(FR, "writer", path, {"changes": "Para mulheres", "why": "Outra lei"})
    world.ids["adapting"] = made["id"]
    async with world.program(PT, "writer") as writer:
        own = await writer.get("/practices?box=own&limit=200")
        [mine] = [one for one in own["items"] if one.get("ref") == world.ids["again"]]
        begun = await writer.post(f"/practices/{mine['id']}/version")
        body = (await writer.get(f"/practices/{mine['id']}"))["body"]
        body |= {"settings": ["community"], "running": True}
        body["description"] = {"pt": "Um texto novo.\n" + body["description"]["pt"][20:]}
        tag = {"If-Match": f'"{begun["etag"]}"'}
        await writer.call("PUT", f"/practices/{mine['id']}", body, **tag)
    world.ids["revised"] = mine["id"]


async def adapted(world: World, org: str, ref: str, changes: str, result: str) -> str:
    """Adapt a practice at a node and publish that; return its ref."""
    await arrival(world, org, ref)
    async with world.program(org, "writer") as writer:
        intent = {"changes": changes, "why": "Outra lei e outro público."}
        made = await writer.post(f"/practices/{ref}/adapt", intent)
        place = f"/practices/{made['id']}"
        body = (await writer.get(place))["body"] | {"evidence": EVIDENCE}
        if result:
            body["lineage"]["result"] = {body["language"]: result}
        await writer.call("PUT", place, body, **{"If-Match": f'"{made["etag"]}"'})
        await writer.post(f"{place}/submit")
    return (await world.as_(org, "editor", f"{place}/publish"))["ref"]


async def arrival(world: World, org: str, ref: str) -> None:
    """Wait until a published practice is held at a node."""
    async with world.program(org, "reader") as reader:

        async def is_held() -> bool:
            items = (await reader.get("/practices?limit=200"))["items"]
            return ref in {item["ref"] for item in items}

        await world.until(is_held)


async def _age(world: World) -> None:
    """Let the French deprecate what they published first for their adaptation of the other."""
    async with world.program(FR, "writer") as writer:
        reason = {"reason": "Há uma versão melhor.", "successor": world.ids["again"]}
        await arrival(world, FR, world.ids["again"])
        own = await writer.get("/practices?box=own&limit=200")
        [mine] = [one for one in own["items"] if one.get("ref") == world.ids["adapted"]]
        world.ids["old"] = mine["id"]
        done = await writer.post(f"/practices/{mine['id']}/deprecate", reason)
    world.ids["deprecated"] = done["ref"]
    await arrival(world, PT, done["ref"])
