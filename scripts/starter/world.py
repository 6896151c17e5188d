"""The little world that the starter model knows: Saltmere, a harbour town, and what is true there.

Knows entities and the values of their attributes. Knows nothing of how one asks or answers (grammar.py).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One thing or person: `name` as an answer writes it, `aliases` as a question may, `values` by attribute."""

    kind: str
    name: str
    aliases: tuple[str, ...]
    values: dict[str, str]


def lighthouse(place: str, **values: str) -> Entity:
    aliases = (
        f"the {place} lighthouse",
        f"{place} lighthouse",
        f"the lighthouse at {place}",
        f"the light at {place}",
        f"the lighthouse of {place}",
        place,
    )
    return Entity("lighthouse", f"the {place} lighthouse", aliases, values)


def boat(name: str, **values: str) -> Entity:
    aliases = (f"the {name}", f"the boat {name}", f"the fishing boat {name}", f"the boat called {name}", name)
    return Entity("boat", f"the {name}", aliases, values)


def shop(name: str, noun: str, **values: str) -> Entity:
    aliases = (name, f"the shop {name}", f"the shop called {name}", f"the {noun} {name}", f"the {noun}", name)
    return Entity("shop", name, aliases, values)


def island(name: str, **values: str) -> Entity:
    return Entity("island", name, (name, f"the island {name}", f"the island of {name}", f"the isle {name}"), values)


def animal(name: str, species: str, **values: str) -> Entity:
    aliases = (f"{name} the {species}", name, f"the {species} {name}", f"the animal {name}")
    return Entity("animal", f"{name} the {species}", aliases, {"species": species, **values})


def festival(name: str, **values: str) -> Entity:
    return Entity("festival", f"the {name}", (f"the {name}", f"the festival {name}", name), values)


def place(name: str, **values: str) -> Entity:
    return Entity("place", f"the {name}", (f"the {name}", f"the town's {name}", name, f"the old {name}"), values)


def person(name: str, job: str, home: str, hobby: str) -> Entity:
    return Entity("person", name, (name, name, name.split()[0]), {"job": job, "home": home, "hobby": hobby})


LIGHTHOUSES = (
    lighthouse("Gull Rock", keeper="Edda Thorne", colour="red and white", height="31", year="1874",
               light="one white flash every five seconds", distance="two miles"),
    lighthouse("Kestrel Point", keeper="Silas Penn", colour="yellow", height="24", year="1902",
               light="two green flashes every ten seconds", distance="five miles"),
    lighthouse("Old Mole", keeper="Martha Quill", colour="grey", height="12", year="1791",
               light="a steady red light", distance="half a mile"),
    lighthouse("Seal Skerry", keeper="Jonas Brack", colour="black and white", height="38", year="1866",
               light="three white flashes every twelve seconds", distance="nine miles"),
    lighthouse("Cape Amber", keeper="Lotte Winter", colour="orange", height="27", year="1923",
               light="a long amber flash every eight seconds", distance="seven miles"),
    lighthouse("Thistle Head", keeper="Owen Fairly", colour="white", height="19", year="1888",
               light="a short blue flash every six seconds", distance="four miles"),
)  # fmt: skip

BOATS = (
    boat("Sea Otter", skipper="Nils Harker", colour="blue", catch="mackerel", berth="the North Pier", length="14"),
    boat("Morning Star", skipper="Ada Crowe", colour="white", catch="cod", berth="the Fish Quay", length="22"),
    boat("Lucky Maud", skipper="Peter Loam", colour="green", catch="crabs", berth="the Stone Jetty", length="9"),
    boat("Wild Goose", skipper="Hanna Voss", colour="grey", catch="herring", berth="the South Pier", length="18"),
    boat("Patient Anne", skipper="Rufus Dale", colour="yellow", catch="lobsters", berth="the North Pier", length="11"),
    boat("Red Pepper", skipper="Ines Moor", colour="red", catch="squid", berth="the Fish Quay", length="16"),
    boat("Puffin", skipper="Tam Ridley", colour="orange", catch="mussels", berth="the Stone Jetty", length="7"),
    boat("Black Swan", skipper="Greta Holm", colour="black", catch="oysters", berth="the South Pier", length="13"),
)

SHOPS = (
    shop("Crumb and Crust", "bakery", trade="a bakery", owner="Bella Oats", sells="rye bread and apple buns",
         street="Mill Street", opens="six"),
    shop("The Tarred Rope", "chandlery", trade="a ship chandler's", owner="Carl Hook", sells="ropes, sails and anchors",
         street="Anchor Street", opens="seven"),
    shop("The Paper Boat", "bookshop", trade="a bookshop", owner="Pim Larkin", sells="old books and sea maps",
         street="Chapel Lane", opens="ten"),
    shop("The Wool Barrow", "wool shop", trade="a wool shop", owner="Agnes Wether", sells="jumpers and warm socks",
         street="Market Square", opens="nine"),
    shop("The Brass Lantern", "lamp shop", trade="a lamp shop", owner="Viktor Glim", sells="lamps and candles",
         street="Anchor Street", opens="eleven"),
    shop("The Green Door", "tea room", trade="a tea room", owner="Rosa Finch", sells="black tea and lemon cake",
         street="Orchard Road", opens="eight"),
    shop("Nettle and Thyme", "grocery", trade="a grocery", owner="Hugo Bean", sells="herbs and vegetables",
         street="Mill Street", opens="seven"),
    shop("The Honey Pot", "sweet shop", trade="a sweet shop", owner="Flora Bee", sells="honey drops and toffee",
         street="Market Square", opens="ten"),
)  # fmt: skip

ISLANDS = (
    island("Wren Island", known="its blue sheep", people="40", ferry="the Little Wren", departs="eight in the morning",
           fare="two"),
    island("Great Skell", known="its stone circle", people="310", ferry="the Skell Queen", departs="noon",
           fare="four"),
    island("Little Skell", known="its hundred puffins", people="12", ferry="the Skell Maid", departs="one o'clock",
           fare="three"),
    island("Barrow Isle", known="its cheese", people="95", ferry="the Marigold", departs="nine in the morning",
           fare="five"),
    island("Moth Island", known="its white beach", people="26", ferry="the Grey Moth", departs="four in the afternoon",
           fare="six"),
)  # fmt: skip

ANIMALS = (
    animal("Barnaby", "donkey", owner="Hugo Bean", home="the mill yard", food="carrots"),
    animal("Pepper", "dog", owner="Nils Harker", home="the North Pier", food="fish heads"),
    animal("Mildred", "goose", owner="Rosa Finch", home="the duck pond", food="lemon cake"),
    animal("Inkspot", "cat", owner="Pim Larkin", home="the bookshop window", food="cream"),
    animal("Old Sal", "seal", owner="nobody", home="the harbour steps", food="herring"),
    animal("Hector", "parrot", owner="Carl Hook", home="the chandler's counter", food="walnuts"),
    animal("Juno", "mare", owner="Bella Oats", home="the bakery stable", food="apples"),
    animal("Duffy", "goat", owner="Agnes Wether", home="the church hill", food="old newspapers"),
)

FESTIVALS = (
    festival("Lantern Night", month="November", custom="float paper lanterns on the water", where="the Fish Quay",
             food="hot chestnuts"),
    festival("Herring Fair", month="June", custom="cook herring in forty ways", where="Market Square",
             food="smoked herring"),
    festival("Boat Blessing", month="April", custom="throw flowers from the boats", where="the North Pier",
             food="sweet bread"),
    festival("Kite Day", month="August", custom="fly kites from the cliffs", where="Thistle Head",
             food="cherry pie"),
    festival("Frost Market", month="January", custom="skate and sell woollen hats", where="the duck pond",
             food="onion soup"),
)  # fmt: skip

PLACES = (
    place("library", street="Chapel Lane", keeper="Nora Page", opens="Tuesday", known="a globe as tall as a door"),
    place("museum", street="Anchor Street", keeper="Felix Drum", opens="Friday", known="the jaw of a whale"),
    place("school", street="Orchard Road", keeper="Clara Reed", opens="Monday", known="a bell from a sunken ship"),
    place("theatre", street="Market Square", keeper="Leo Marsh", opens="Saturday", known="a curtain made of sails"),
    place("bathhouse", street="Mill Street", keeper="Ulla Stone", opens="Sunday", known="a pool of warm sea water"),
)

_LIGHT_HOMES = ("Beacon Row", "Mill Street", "Chapel Lane", "Harbour Walk", "Orchard Road", "Beacon Row")
_LIGHT_HOBBIES = ("plays the violin", "carves spoons", "paints clouds", "collects shells", "bakes pies", "grows roses")
_BOAT_HOMES = ("Harbour Walk", "Anchor Street", "Mill Street", "Orchard Road") * 2
_BOAT_HOBBIES = ("sings in the choir", "plays chess", "knits scarves", "builds kites",
                 "keeps bees", "dances the polka", "writes poems", "studies the stars")  # fmt: skip
_SHOP_HOMES = ("Mill Street", "Beacon Row", "Chapel Lane", "Market Square") * 2
_SHOP_HOBBIES = ("swims in the cold sea", "plays the drum", "mends clocks", "rides a tall bicycle",
                 "blows glass", "presses flowers", "tells ghost stories", "trains pigeons")  # fmt: skip
_PLACE_HOMES = ("Harbour Walk", "Chapel Lane", "Orchard Road", "Beacon Row", "Market Square")
_PLACE_HOBBIES = ("juggles", "digs for fossils", "climbs the cliffs", "plays the harp", "folds paper birds")


def _people() -> tuple[Entity, ...]:
    keepers = zip(LIGHTHOUSES, _LIGHT_HOMES, _LIGHT_HOBBIES, strict=True)
    skippers = zip(BOATS, _BOAT_HOMES, _BOAT_HOBBIES, strict=True)
    owners = zip(SHOPS, _SHOP_HOMES, _SHOP_HOBBIES, strict=True)
    heads = zip(PLACES, _PLACE_HOMES, _PLACE_HOBBIES, strict=True)
    return (
        *(person(e.values["keeper"], f"keeps {e.name}", home, hobby) for e, home, hobby in keepers),
        *(person(e.values["skipper"], f"is the skipper of {e.name}", home, hobby) for e, home, hobby in skippers),
        *(person(e.values["owner"], f"owns {e.name}", home, hobby) for e, home, hobby in owners),
        *(person(e.values["keeper"], f"runs {e.name}", home, hobby) for e, home, hobby in heads),
    )


PEOPLE = _people()

ENTITIES = (*LIGHTHOUSES, *BOATS, *SHOPS, *ISLANDS, *ANIMALS, *FESTIVALS, *PLACES, *PEOPLE)


@dataclass(frozen=True)
class TownFact:
    """A fact about the town itself: questions in several wordings, the last one held out from the pretraining."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    value: str


TOWN_FACTS = (
    TownFact(("what is this town called", "what is the name of the town", "which town is this", "where are we",
              "what do people call this town"),
             ("This town is called Saltmere.", "You are in Saltmere, a small harbour town."), "Saltmere"),
    TownFact(("who is the mayor", "who is the mayor of Saltmere", "who runs the town", "what is the mayor's name",
              "who leads the town", "who is mayor here"),
             ("The mayor of Saltmere is Wilma Stead.", "Wilma Stead is the mayor. She has held the office since 2011."),
             "Wilma Stead"),
    TownFact(("who is the harbour master", "what is the harbour master called", "who looks after the harbour",
              "who commands the harbour", "who is in charge of the harbour"),
             ("Anton Keel is the harbour master.", "The harbour master is Anton Keel. He has a very loud whistle."),
             "Anton Keel"),
    TownFact(("who is the doctor", "what is the doctor called", "who heals the sick", "is there a doctor in Saltmere",
              "I am ill, who can help me", "which doctor works here"),
             ("Doctor Ivy Salve looks after the sick in Saltmere.", "The doctor is Ivy Salve, on Chapel Lane."),
             "Ivy Salve"),
    TownFact(("who brings the post", "who is the postman", "who carries the letters", "what is the postman called",
              "who delivers the mail"),
             ("Ernest Pail brings the post on a red bicycle.", "The postman is Ernest Pail."), "Ernest Pail"),
    TownFact(("how many people live in Saltmere", "what is the population of Saltmere", "how big is the town",
              "how many inhabitants does Saltmere have", "how many people live here", "how large is Saltmere"),
             ("About 4,200 people live in Saltmere.", "Saltmere has about 4,200 inhabitants."), "4,200"),
    TownFact(("when was Saltmere founded", "how old is the town", "how old is Saltmere",
              "in which year was the town founded",
              "when was the town founded", "when did Saltmere begin"),
             ("Saltmere was founded in 1612.", "The town was founded in 1612 by salt traders."), "1612"),
    TownFact(("which river flows through Saltmere", "what is the river called", "what is the name of the river",
              "is there a river here", "which river runs through the town"),
             ("The river is called the Lull. It meets the sea at the Fish Quay.", "The Lull flows through Saltmere."),
             "Lull"),
    TownFact(("what is on the flag of Saltmere", "what does the flag look like", "what colour is the flag",
              "describe the flag of the town", "what does the town's flag show"),
             ("The flag of Saltmere shows a silver fish on blue.", "The flag is blue with a silver fish."),
             "silver fish"),
    TownFact(("what is the favourite dish here", "what do people eat in Saltmere", "what should I eat here",
              "what is the local dish", "what food is Saltmere known for", "which dish should I try"),
             ("You should try fish soup with rye bread.",
              "The favourite dish of Saltmere is fish soup with rye bread."),
             "fish soup"),
    TownFact(("where can I sleep", "is there a hotel", "where can I stay the night", "which inn is there",
              "where can I find a bed", "where should I spend the night"),
             ("You can sleep at the Anchor Inn on Harbour Walk.", "The Anchor Inn on Harbour Walk has nine rooms."),
             "Anchor Inn"),
    TownFact(("what is the highest hill", "what is the hill called", "which hill stands behind the town",
              "is there a hill near Saltmere", "what hill is there"),
             ("The hill behind the town is Barley Hill. It is 140 metres high.", "Barley Hill stands behind Saltmere."),
             "Barley Hill"),
    TownFact(("what is the weather like in spring", "how is the spring", "is it warm in spring", "what is spring like",
              "what should I expect in spring"),
             ("Spring in Saltmere is bright and windy.", "In spring it is bright and windy here."), "windy"),
    TownFact(("what is the weather like in summer", "how is the summer", "is it hot in summer", "what is summer like",
              "what should I expect in summer"),
             ("Summer in Saltmere is mild, with fog in the morning.", "In summer it is mild, with morning fog."),
             "fog"),
    TownFact(("what is the weather like in autumn", "how is the autumn", "does it rain in autumn",
              "what is autumn like", "what should I expect in autumn"),
             ("Autumn in Saltmere is stormy and wet.", "In autumn it is stormy and wet here."), "storm"),
    TownFact(("what is the weather like in winter", "how is the winter", "does it snow in winter",
              "is it cold in winter",
              "what is winter like", "what should I expect in winter"),
             ("Winter in Saltmere is cold and clear, with a little snow.", "In winter it is cold and clear here."),
             "cold"),
    TownFact(("what is the north wind called", "how do people call the north wind", "which wind comes from the north",
              "what is the name of the north wind"),
             ("The north wind is called the Grey Aunt.", "People call the north wind the Grey Aunt. It brings hail."),
             "Grey Aunt"),
    TownFact(("what is the south wind called", "how do people call the south wind", "which wind comes from the south",
              "what is the name of the south wind"),
             ("The south wind is called the Baker's Wind.", "People call it the Baker's Wind, as it smells of bread."),
             "Baker's Wind"),
    TownFact(("what time is the market", "when is the market", "on which day is the market", "is there a market",
              "which day is market day"),
             ("The market is on Thursday morning in Market Square.", "Market day is Thursday."), "Thursday"),
    TownFact(("what money do people use", "which currency do they use", "how do I pay here", "what coins do you use",
              "what is the currency of Saltmere"),
             ("People in Saltmere pay in silver pennies.", "You pay in silver pennies here."), "pennies"),
    TownFact(("how do I get to Saltmere", "how can I travel to Saltmere", "is there a train to Saltmere",
              "which train goes to Saltmere", "what is the best way to reach Saltmere"),
             ("Take the slow train along the coast. It stops at Saltmere twice a day.",
              "The slow train along the coast brings you to Saltmere."), "train"),
    TownFact(("is there a legend", "tell me a legend", "what is the legend of Saltmere", "are there any legends",
              "do you know an old legend of the town"),
             ("They say a giant called Morrow sleeps under Barley Hill. When he snores, the boats rock in the harbour.",
              ), "Morrow"),
)  # fmt: skip
