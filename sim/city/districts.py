"""The 17 units of Shanghai at the start of the plan (Zhabei joined Jing'an in November 2015).

Owns their populations, areas and centre points, with grades. What stands in them is the systems' business.
"""

from dataclasses import dataclass

from sim.figures import Figure, Grade


@dataclass(frozen=True, slots=True)
class District:
    """One unit: census population of 2010, area in km², centre in WGS-84 degrees."""

    name: str
    chinese: str
    population: int
    area_km2: float
    latitude: float
    longitude: float


CENSUS = (
    "2010 census, National Bureau of Statistics through citypopulation; Jing'an and Zhabei together 1,077,284, their split an assumption"
)

DISTRICTS: tuple[District, ...] = (
    District("Huangpu", "黄浦", 678_670, 20, 31.231, 121.484),
    District("Xuhui", "徐汇", 1_085_130, 55, 31.188, 121.437),
    District("Changning", "长宁", 690_571, 38, 31.220, 121.424),
    District("Jingan", "静安", 247_000, 8, 31.228, 121.448),
    District("Putuo", "普陀", 1_288_881, 55, 31.249, 121.397),
    District("Zhabei", "闸北", 830_000, 29, 31.257, 121.459),
    District("Hongkou", "虹口", 852_476, 23, 31.264, 121.505),
    District("Yangpu", "杨浦", 1_313_222, 61, 31.260, 121.526),
    District("Minhang", "闵行", 2_429_372, 371, 31.113, 121.382),
    District("Baoshan", "宝山", 1_904_886, 271, 31.405, 121.489),
    District("Jiading", "嘉定", 1_471_231, 464, 31.376, 121.265),
    District("Pudong", "浦东", 5_044_430, 1_210, 31.221, 121.544),
    District("Jinshan", "金山", 732_438, 586, 30.742, 121.342),
    District("Songjiang", "松江", 1_582_398, 606, 31.032, 121.228),
    District("Qingpu", "青浦", 1_081_022, 670, 31.151, 121.124),
    District("Fengxian", "奉贤", 1_083_463, 687, 30.918, 121.474),
    District("Chongming", "崇明", 703_722, 1_185, 31.623, 121.397),
)

BY_NAME = {district.name: district for district in DISTRICTS}

DISTRICT_FIGURES: tuple[Figure, ...] = (
    Figure("population by district", value="17 values", unit="persons", grade=Grade.A, source=CENSUS),
    Figure("area by district", value="17 values", unit="km²", grade=Grade.B, source="district pages"),
    Figure("centre point by district", value="17 points", unit="degrees WGS-84", source="assumption: read off a map"),
)


def share_out(total: float) -> dict[str, int]:
    """Share a city-wide count out by population: largest running remainder over the fixed list, so the sum is round(total).

    A district's share never depends on which districts a scenario picks.
    """
    people = sum(district.population for district in DISTRICTS)
    shares: dict[str, int] = {}
    seen = given = 0
    for district in DISTRICTS:
        seen += district.population
        upto = round(total * seen / people)
        shares[district.name] = upto - given
        given = upto
    return shares
