"""The lines of the metro as a table: named stations where lines meet or end, and how many lie between them.

Owns the plan of 302 stations and 14 lines. Where the stations between stand, and how one gets from one to another, is
`devices.metro.network`'s business.
"""

from typing import NamedTuple

from sim.figures import Figure

PLAN = Figure(
    "metro: where lines meet and end, and the stations between",
    value="302 stations on 14 lines",
    unit="",
    source="assumption: after the network of 2015, read off a map, those between evenly on straight lines; MetroFlow counts 302 stations",
)
RING = "4"


class Hub(NamedTuple):
    """A named station: its district and WGS-84 degrees."""

    district: str
    latitude: float
    longitude: float


HUBS: dict[str, Hub] = {
    "Peoples-Square": Hub("Huangpu", 31.2325, 121.4755),
    "Railway-Station": Hub("Zhabei", 31.2495, 121.4580),
    "Hanzhong-Road": Hub("Zhabei", 31.2405, 121.4585),
    "South-Shaanxi-Road": Hub("Huangpu", 31.2163, 121.4590),
    "Changshu-Road": Hub("Xuhui", 31.2135, 121.4500),
    "Xujiahui": Hub("Xuhui", 31.1945, 121.4370),
    "Indoor-Stadium": Hub("Xuhui", 31.1835, 121.4370),
    "South-Railway-Station": Hub("Xuhui", 31.1545, 121.4300),
    "Xinzhuang": Hub("Minhang", 31.1110, 121.3850),
    "Fujin-Road": Hub("Baoshan", 31.3925, 121.4240),
    "East-Xujing": Hub("Qingpu", 31.1890, 121.2990),
    "Hongqiao-Station": Hub("Minhang", 31.1940, 121.3200),
    "Zhongshan-Park": Hub("Changning", 31.2185, 121.4160),
    "Jiangsu-Road": Hub("Changning", 31.2205, 121.4300),
    "Jingan-Temple": Hub("Jingan", 31.2235, 121.4465),
    "West-Nanjing-Road": Hub("Jingan", 31.2300, 121.4600),
    "East-Nanjing-Road": Hub("Huangpu", 31.2375, 121.4845),
    "Century-Avenue": Hub("Pudong", 31.2285, 121.5270),
    "Longyang-Road": Hub("Pudong", 31.2035, 121.5565),
    "Pudong-Airport": Hub("Pudong", 31.1495, 121.8050),
    "North-Jiangyang-Road": Hub("Baoshan", 31.4080, 121.4400),
    "Baoshan-Road": Hub("Zhabei", 31.2515, 121.4765),
    "Hongkou-Stadium": Hub("Hongkou", 31.2705, 121.4790),
    "Zhongtan-Road": Hub("Putuo", 31.2520, 121.4430),
    "Zhenping-Road": Hub("Putuo", 31.2465, 121.4305),
    "Caoyang-Road": Hub("Putuo", 31.2385, 121.4170),
    "Jinshajiang-Road": Hub("Putuo", 31.2315, 121.4140),
    "West-Yanan-Road": Hub("Changning", 31.2090, 121.4170),
    "Hongqiao-Road": Hub("Changning", 31.1985, 121.4215),
    "Yishan-Road": Hub("Xuhui", 31.1870, 121.4265),
    "Dalian-Road": Hub("Hongkou", 31.2580, 121.5130),
    "Hailun-Road": Hub("Hongkou", 31.2590, 121.4880),
    "Lancun-Road": Hub("Pudong", 31.2120, 121.5260),
    "South-Xizang-Road": Hub("Huangpu", 31.2030, 121.4900),
    "Damuqiao-Road": Hub("Xuhui", 31.1960, 121.4640),
    "Dongan-Road": Hub("Xuhui", 31.1920, 121.4540),
    "Minhang-Zone": Hub("Minhang", 31.0020, 121.3730),
    "Gangcheng-Road": Hub("Pudong", 31.3540, 121.5740),
    "Jufeng-Road": Hub("Pudong", 31.2810, 121.5900),
    "West-Gaoke-Road": Hub("Pudong", 31.1910, 121.5130),
    "Oriental-Sports-Centre": Hub("Pudong", 31.1540, 121.4810),
    "Meilan-Lake": Hub("Baoshan", 31.4040, 121.3490),
    "Changshou-Road": Hub("Putuo", 31.2405, 121.4380),
    "Zhaojiabang-Road": Hub("Xuhui", 31.2000, 121.4505),
    "Yaohua-Road": Hub("Pudong", 31.1830, 121.4930),
    "Huamu-Road": Hub("Pudong", 31.2110, 121.5630),
    "Shiguang-Road": Hub("Yangpu", 31.3200, 121.5320),
    "Siping-Road": Hub("Yangpu", 31.2740, 121.5010),
    "Qufu-Road": Hub("Zhabei", 31.2415, 121.4720),
    "Laoximen": Hub("Huangpu", 31.2185, 121.4830),
    "Lujiabang-Road": Hub("Huangpu", 31.2090, 121.4835),
    "Shendu-Highway": Hub("Minhang", 31.0620, 121.5010),
    "Songjiang-South": Hub("Songjiang", 30.9850, 121.2300),
    "Jiashan-Road": Hub("Xuhui", 31.2025, 121.4600),
    "Middle-Yanggao-Road": Hub("Pudong", 31.2270, 121.5480),
    "Xinjiangwancheng": Hub("Yangpu", 31.3290, 121.5060),
    "Tiantong-Road": Hub("Hongkou", 31.2435, 121.4810),
    "Jiaotong-University": Hub("Xuhui", 31.2035, 121.4330),
    "North-Jiading": Hub("Jiading", 31.3910, 121.2360),
    "Longhua": Hub("Xuhui", 31.1740, 121.4510),
    "Luoshan-Road": Hub("Pudong", 31.1540, 121.5900),
    "Disney": Hub("Pudong", 31.1430, 121.6670),
    "Jinhai-Road": Hub("Pudong", 31.2650, 121.6360),
    "Qixin-Road": Hub("Minhang", 31.1310, 121.3600),
    "Jinyun-Road": Hub("Jiading", 31.2430, 121.3210),
    "Expo-Avenue": Hub("Pudong", 31.1870, 121.4800),
    "Dishui-Lake": Hub("Pudong", 30.9070, 121.9280),
}

# Each line from end to end: a named station, how many stations lie between, the next named station, and so on.
LINES: dict[str, str] = {
    "1": "Fujin-Road 11 Railway-Station 0 Hanzhong-Road 1 Peoples-Square 1 South-Shaanxi-Road 0 Changshu-Road 1 Xujiahui 0 "
    "Indoor-Stadium 1 South-Railway-Station 3 Xinzhuang",
    "2": "East-Xujing 0 Hongqiao-Station 5 Zhongshan-Park 0 Jiangsu-Road 0 Jingan-Temple 0 West-Nanjing-Road 0 Peoples-Square 0 "
    "East-Nanjing-Road 2 Century-Avenue 2 Longyang-Road 10 Pudong-Airport",
    "3": "North-Jiangyang-Road 12 Hongkou-Stadium 1 Baoshan-Road 0 Railway-Station 0 Zhongtan-Road 0 Zhenping-Road 0 Caoyang-Road 0 "
    "Jinshajiang-Road 0 Zhongshan-Park 0 West-Yanan-Road 0 Hongqiao-Road 0 Yishan-Road 3 South-Railway-Station",
    "4": "Railway-Station 0 Zhongtan-Road 0 Zhenping-Road 0 Caoyang-Road 0 Jinshajiang-Road 0 Zhongshan-Park 0 West-Yanan-Road 0 "
    "Hongqiao-Road 0 Yishan-Road 0 Indoor-Stadium 1 Dongan-Road 0 Damuqiao-Road 1 South-Xizang-Road 2 Lancun-Road 1 Century-Avenue 2 "
    "Dalian-Road 1 Hailun-Road 0 Baoshan-Road 0 Railway-Station",
    "5": "Xinzhuang 9 Minhang-Zone",
    "6": "Gangcheng-Road 8 Jufeng-Road 8 Century-Avenue 1 Lancun-Road 2 West-Gaoke-Road 5 Oriental-Sports-Centre",
    "7": "Meilan-Lake 14 Zhenping-Road 0 Changshou-Road 1 Jingan-Temple 0 Changshu-Road 0 Zhaojiabang-Road 0 Dongan-Road 3 "
    "Yaohua-Road 1 West-Gaoke-Road 3 Longyang-Road 0 Huamu-Road",
    "8": "Shiguang-Road 7 Siping-Road 1 Hongkou-Stadium 2 Qufu-Road 0 Peoples-Square 1 Laoximen 0 Lujiabang-Road 0 South-Xizang-Road 1 "
    "Yaohua-Road 2 Oriental-Sports-Centre 5 Shendu-Highway",
    "9": "Songjiang-South 13 Yishan-Road 0 Xujiahui 0 Zhaojiabang-Road 0 Jiashan-Road 2 Lujiabang-Road 2 Century-Avenue 0 "
    "Middle-Yanggao-Road",
    "10": "Xinjiangwancheng 6 Siping-Road 1 Hailun-Road 1 Tiantong-Road 0 East-Nanjing-Road 1 Laoximen 1 South-Shaanxi-Road 1 "
    "Jiaotong-University 0 Hongqiao-Road 7 Hongqiao-Station",
    "11": "North-Jiading 14 Caoyang-Road 1 Jiangsu-Road 0 Jiaotong-University 0 Xujiahui 1 Longhua 2 Oriental-Sports-Centre 4 "
    "Luoshan-Road 2 Disney",
    "12": "Qixin-Road 8 Longhua 1 Damuqiao-Road 0 Jiashan-Road 0 South-Shaanxi-Road 0 West-Nanjing-Road 0 Hanzhong-Road 0 Qufu-Road 0 "
    "Tiantong-Road 2 Dalian-Road 6 Jufeng-Road 3 Jinhai-Road",
    "13": "Jinyun-Road 5 Jinshajiang-Road 2 Changshou-Road 1 Hanzhong-Road 0 West-Nanjing-Road 3 Expo-Avenue",
    "16": "Longyang-Road 1 Luoshan-Road 9 Dishui-Lake",
}
