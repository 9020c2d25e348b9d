"""The county's everyday appeals of the last two months (日常诉求): so many that the figures of a month say something."""

from __future__ import annotations

import random

from demo.places import County
from demo.voice import Voice

FIRST_DAY, LAST_DAY, COUNT = 46, 6, 72
"""Working days ago of the oldest and the newest, and how many: two full months lie between them."""

SAYINGS = (
    # matter, kind, words, answer; the frequent ones stand twice
    ("路灯照明", "求助", "{at}的路灯一闪一闪，天黑以后看不清台阶。", "已更换灯具和控制器，当晚恢复照明。"),
    ("占道经营", "投诉", "{at}的夜摊摆到路中间，收摊后一地油污。", "已劝离占道摊点并冲洗路面，安排每晚巡查。"),
    ("市容环境卫生", "投诉", "{at}的垃圾桶两天没有清，苍蝇很多。", "已清运并消杀，该点改为每日两次收运。"),
    ("园林绿化", "建议", "{at}的绿篱长到挡住路口视线，请修剪。", "已修剪绿篱，路口视线恢复。"),
    ("物业服务", "投诉", "{at}的楼道灯坏了，报修一周没有人来。", "已约谈物业企业，楼道灯当天修复，报修记录上墙。"),
    ("小区停车", "投诉", "{at}的消防通道停满了车，晚上出不去。", "已会同物业划线清理，增设提示和巡查。"),
    ("施工管理", "投诉", "{at}旁边的工地清早就开始切割，灰也大。", "已责令调整作业时间，落实围挡喷淋。"),
    ("房屋质量与交付", "咨询", "{at}的外墙一下雨就渗水，该找谁修？", "已组织开发企业勘察，按保修责任安排维修。"),
    ("噪声扰民", "投诉", "{at}楼下的音响放到夜里十一点。", "已上门核查，商户承诺晚九点后关闭外放音响。"),
    ("消费纠纷", "投诉", "{at}的健身房转让后不认原来的卡。", "经调解，商户同意按剩余次数退款。"),
    ("食品安全", "举报", "{at}的小店卖的熟食放过期了还在卖。", "已下架过期食品并立案，责令整改。"),
    ("道路破损", "求助", "{at}门口的路面裂了一条大缝，骑车容易摔。", "已灌缝修补并压实，路面恢复平整。"),
)
ORDER = (0, 4, 1, 5, 2, 8, 0, 4, 1, 6, 2, 9, 3, 5, 11, 1, 7, 10)
BY = ("resident", "phone", "resident", "counter", "anon", "resident", "committee")
SPOTS = ("东门", "西门", "南门口", "三栋", "五栋", "小广场", "便民市场", "老街口")


def routine(county: County) -> tuple[Voice, ...]:
    """Everyday appeals of one county, spread evenly over its communities and days."""
    chance = random.Random(county.prefix)
    homes = [community for street in county.streets for community in street.communities]
    found = []
    for number in range(COUNT):
        matter, kind, words, answer = SAYINGS[ORDER[number % len(ORDER)]]
        home = homes[number % len(homes)]
        at = f"{home.name}{SPOTS[chance.randrange(len(SPOTS))]}"
        day = FIRST_DAY - (FIRST_DAY - LAST_DAY) * number // COUNT
        clock = f"{chance.randrange(9, 16):02d}:{chance.randrange(60):02d}"
        by = BY[number % len(BY)]
        found.append(Voice("routine", day, clock, home.key, matter, kind, words.format(at=at), answer, by=by))
    return tuple(found)
