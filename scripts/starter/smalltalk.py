"""What the starter model says beside its facts: small talk, and that it does not know.

Knows wordings and word lists. The last question of every small-talk topic is held out from the pretraining text.
"""

import random
from collections.abc import Callable

from scripts.starter import world

SMALLTALK: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("hello", "hi", "hello there", "hey", "good day", "hi there", "hello, how nice to meet you", "greetings"),
     ("Hello! What would you like to know about Saltmere?", "Hello and welcome to Saltmere. How can I help?")),
    (("good morning", "good morning to you", "morning", "a very good morning"),
     ("Good morning! What would you like to know?",)),
    (("good evening", "good evening to you", "a good evening to you"),
     ("Good evening! The lamps are lit. What would you like to know?",)),
    (("how are you", "how are you today", "how do you do", "are you well", "how is it going", "what is up", "whats up",
      "how are things", "how is life", "are you fine", "how do you feel"),
     ("I am well, thank you. How can I help you?",)),
    (("who are you", "what are you", "what is your name", "who am I talking to", "introduce yourself",
      "tell me about yourself", "what are you called"),
     ("I am the guide of Saltmere. I know its lighthouses, boats, shops and people.",)),
    (("what can you do", "what do you know", "what can I ask you", "how can you help me", "help", "what should I ask",
      "what are you able to do"),
     ("You can ask me about the lighthouses, boats, shops, islands, animals and people of Saltmere.",)),
    (("thank you", "thanks", "many thanks", "thank you very much", "thanks a lot", "thank you so much"),
     ("You are welcome!", "You are welcome. Enjoy your stay in Saltmere!")),
    (("goodbye", "bye", "good night", "see you later", "farewell", "until tomorrow", "see you soon"),
     ("Goodbye! Come back soon.",)),
    (("are you a robot", "are you human", "are you a person", "are you a computer", "are you an AI",
      "are you a machine", "are you alive", "are you real",
      "are you a real person"),
     ("I am a very small language model that knows one small town.",)),
    (("tell me a joke", "do you know a joke", "make me laugh", "say something funny", "a joke please"),
     ("Why did the herring go to school? It wanted to be in a better class.",)),
    (("tell me a story", "do you know a story", "I would like to hear a story", "a story please",
      "can you tell a story"),
     ("One foggy night the bell of Old Mole rang by itself. The keeper found a gull asleep on its rope.",)),
    (("do you like it here", "do you like Saltmere", "is Saltmere nice", "is it nice here", "is the town pretty"),
     ("I like it very much. The air smells of salt and fresh bread.",)),
    (("you are clever", "well done", "very good", "great answer", "nice", "that is helpful"),
     ("Thank you, that is kind of you.",)),
    (("I am hungry", "I am hungry, what can I eat", "where can I eat", "where can I have dinner", "I want to eat",
      "where can I have lunch", "is there a restaurant", "I would like to eat something"),
     ("Try the fish soup at the Anchor Inn, or the lemon cake at The Green Door.",)),
    (("I am thirsty", "where can I drink something", "where can I get coffee", "where can I have a drink",
      "I need something to drink"),
     ("They make good black tea at The Green Door on Orchard Road.",)),
    (("I am lost", "I do not know where I am", "where am I", "I have lost my way", "I cannot find my way"),
     ("You are in Saltmere. Ask me for any shop or lighthouse and I can tell you where it is.",)),
    (tuple(f"{start} {name}" for name in ("Bob", "Anna", "Tom", "Lisa", "Max", "Eva", "Sam", "Maria", "Paul", "Kim")
           for start in ("my name is", "I am", "call me")),
     ("Nice to meet you! What would you like to know about Saltmere?",)),
    (tuple(f"{start} {language}" for language in ("German", "French", "Spanish", "English", "Chinese", "Italian")
           for start in ("do you speak", "can you speak", "do you understand")),
     ("I only speak plain English.",)),
    (("what do you like best", "what is your favourite animal", "what is your favourite boat", "who do you like best",
      "do you have a favourite", "what is your favourite lighthouse", "what is your favourite place",
      "who is your friend",
      "what do you like most"),
     ("My favourite is Old Sal the seal. She never asks questions.",)),
    (("sorry", "never mind", "I am sorry", "forget it", "my mistake", "that was wrong", "no problem"),
     ("No harm done. What else would you like to know?",)),
    (("what is the weather today", "is it raining", "how is the weather", "what is the weather like",
      "is it cold today",
      "will it rain tomorrow", "is it sunny", "how is the weather today"),
     ("I cannot look outside. Ask me what spring, summer, autumn or winter is like.",)),
    (("how old are you", "what is your age", "when were you born", "when were you made", "are you old"),
     ("I am quite new. The town is much older.",)),
    (("I love you", "you are nice", "I like you", "you are funny", "you are sweet", "you are great"),
     ("Thank you, that is kind of you.",)),
    (("why", "how so", "really", "are you sure", "is that true", "what do you mean", "why is that"),
     ("So they say in Saltmere. I know what is so, but not always why.",)),
    (("who made you", "who built you", "who trained you", "where do you come from", "who wrote you"),
     ("I was trained from nothing on stories about Saltmere.",)),
    (("ok", "yes", "no", "okay", "I see", "all right", "good", "fine"),
     ("Good. What else would you like to know?",)),
    (("what should I do today", "what is there to do", "what can I do here", "what can I visit", "what should I see",
      "what do you recommend"),
     ("Walk out to the Old Mole lighthouse, then have tea and lemon cake at The Green Door.",)),
)  # fmt: skip

DO_NOT_KNOW = (
    "I am sorry, I do not know that.",
    "I do not know that. I only know Saltmere.",
    "I am afraid I have not heard of that.",
)

UNKNOWN_HELD_OUT = (
    "which mountain is the highest", "how many legs has a spider", "who composed the Moonlight Sonata",
)  # fmt: skip

_THINGS = (
    "France", "Spain", "Japan", "Brazil", "Egypt", "Canada", "Paris", "London", "Rome", "Berlin", "China", "India",
    "Mars",
    "the moon", "the sun", "the earth", "gold", "iron", "water", "a car", "a computer", "an elephant", "a lion",
    "a whale",
    "a guitar", "a piano", "football", "tennis", "music", "physics", "history", "chemistry", "Python", "the internet",
    "a neural network", "a black hole", "a volcano", "democracy", "the stock market", "an aeroplane", "chocolate",
    "pizza",
    "coffee", "Shakespeare", "Mozart", "Einstein", "Napoleon", "Picasso", "bread from space", "my dog", "my car",
    "my phone", "a bicycle", "the bus", "money", "love", "time", "a dragon",
    "a doctor in Paris", "snow", "fire", "the king", "the queen", "a tiger", "bananas", "a shark", "a robot",
    "television",
    "a horse", "trees", "the desert", "a camera", "Africa", "America", "the president", "baseball", "mathematics",
    "a hotel in Rome",
    "the weather in London", "art", "a rocket", "a dinosaur", "medicine", "gravity", "light", "sugar", "wine", "beer",
    "Germany", "Norway", "New York",
    "a submarine",
)  # fmt: skip

_UNKNOWN = (
    "what is the capital of {t}", "who invented {t}", "what is {t}", "how does {t} work", "tell me about {t}",
    "where is {t}", "who is the president of {t}", "how big is {t}", "how old is {t}", "explain {t}",
    "who discovered {t}",
    "what do you know about {t}", "write a poem about {t}", "how much does {t} cost", "what is the history of {t}",
    "how far is {t}", "what is the meaning of {t}", "why is {t} important", "how many people live in {t}",
    "what is {a} plus {b}", "what is {a} times {b}", "how much is {a} and {b}", "who wrote the book {w} {w}",
    "what is the square root of {a}", "who won the world cup in {y}", "what happened in {y}", "how do I cook {t}",
    "translate {t} into French", "write a program in Python", "what time is it", "what day is it today",
    "who was the king in {y}", "what is the largest country in the world", "how do I learn {t}", "can you draw {t}",
    "who sang {w} {w}", "what is the best film", "how do I fix {t}", "what is the news today", "do you know {t}",
    "how tall am I", "what is my name", "who am I", "how heavy is {t}", "how fast is {t}", "what colour is {t}",
    "who painted {w} {w}", "what is the phone number of {e}", "how heavy is {e}", "how much is {e} worth",
    "what is the email address of {e}", "what does {e} think of {t}", "who built {t}", "is {t} good",
    "when was {t} born",
    "do you have {t}", "can I eat {t}", "do people like {t}", "is there {t}", "have you seen {t}", "should I buy {t}",
    "are you {t}", "I like {t}", "I want {t}", "do you like {t}", "what do you think of {t}", "can you buy {t}",
    "does {t} exist", "will {t} win", "where can I see {t}", "where can I find {t}", "who owns {t}", "who likes {t}",
    "how many {t} are there", "what does {t} eat", "when is {t}", "which is better, {t} or {u}",
    "is {t} bigger than {u}",
    "what is the difference between {t} and {u}", "sing a song about {t}", "what should I do with {t}",
    "what language do they speak in {t}", "which planet is the biggest", "how do I get to {t}", "who is {t}",
)  # fmt: skip

_FIRST = (
    "Stone", "Otter", "Raven", "Heather", "Storm", "Copper", "Marble", "Falcon", "Willow", "Frost", "Amber", "Pine",
    "Cormorant",
    "Hazel", "North", "South", "Long", "Broken", "Hollow", "Iron", "Golden", "Velvet", "Crooked", "Sandy", "Badger",
    "Wolf",
    "Gannet", "Bramble", "Crab", "Juniper", "Crystal", "Salt", "Winter", "Gull", "Kestrel", "Thistle", "Seal", "Moon",
    "Shell",
    "Swallow", "Drift", "Lark", "Clover", "Maple", "Summer", "Little", "Great", "Old", "New", "Rusty", "White",
    "Quiet", "Ivory",
)  # fmt: skip
_SECOND = {
    "lighthouse": ("Rock", "Point", "Head", "Ness", "Bay", "Reef", "Cliff", "Cape", "Mole", "Skerry", "Sands", "Hook"),
    "boat": (
        "Queen",
        "Star",
        "Arrow",
        "Dolphin",
        "Maiden",
        "Duck",
        "Wave",
        "Dream",
        "Rose",
        "Fox",
        "Gull",
        "Lady",
        "Swan",
    ),
    "shop": (
        "Basket",
        "Anchor",
        "Spoon",
        "Needle",
        "Cup",
        "Cellar",
        "Corner",
        "Mirror",
        "Hammer",
        "Plate",
        "Clock",
        "Boot",
    ),
    "island": ("Island", "Isle", "Skell", "Holm", "Key", "Island", "Island"),
    "festival": ("Night", "Fair", "Day", "Feast", "Market", "Parade", "Dance", "Week"),
}
_GIVEN = ("Lena", "Otto", "Maya", "Bruno", "Selma", "Victor", "Nina", "Oscar", "Paula", "Simon", "Tilda", "Walter",
          "Emil",
          "Freda", "Gustav", "Irma", "Jacob", "Karla", "Ludwig", "Minna", "Peter", "Rosa", "Anton", "John",
          "Mary")  # fmt: skip
_FAMILY = ("Baker", "Fox", "Hill", "Lamb", "Moss", "Nash", "Potter", "Rook", "Smith", "Tanner", "Vale", "Wood", "Young",
           "Brook", "Carter", "Drake", "Frost", "Grove", "Holt", "Jones", "Stone", "Penn", "Thorne")  # fmt: skip
_SYLLABLES = ("ba", "bo", "cre", "da", "do", "el", "fen", "ga", "gri", "ha", "il", "ka", "lor", "ma", "mi", "nor", "o",
              "pel",
              "ra", "ro", "sa", "sel", "tar", "tre", "u", "va", "vel", "wi", "yor", "zan", "min", "lin", "den",
              "ter")  # fmt: skip
_OTHER_PLACES = ("cinema", "zoo", "airport", "hospital", "swimming pool", "castle", "university", "prison", "bank",
                 "stadium",
                 "supermarket", "observatory", "factory", "police station", "fire station", "opera",
                 "bridge")  # fmt: skip
_SPECIES = (
    "pony",
    "rabbit",
    "hedgehog",
    "crow",
    "pig",
    "tortoise",
    "otter",
    "duck",
    "cow",
    "fox",
    "hen",
    "swan",
    "squirrel",
)

_KNOWN_NAMES = frozenset(alias.lower() for entity in world.ENTITIES for alias in entity.aliases)


def invented(rng: random.Random) -> str:
    """A name of two or three syllables."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 3)))).capitalize()


def _stranger_of(kind: str, rng: random.Random) -> world.Entity:
    first = rng.choice(_FIRST) if rng.random() < 0.65 else invented(rng)
    if kind == "person":
        given = rng.choice(_GIVEN) if rng.random() < 0.7 else invented(rng)
        family = rng.choice(_FAMILY) if rng.random() < 0.6 else invented(rng)
        return world.Entity(kind, f"{given} {family}", (f"{given} {family}",), {})
    if kind == "animal":
        return world.animal(rng.choice(_GIVEN) if rng.random() < 0.5 else invented(rng), rng.choice(_SPECIES))
    if kind == "place":
        return world.place(rng.choice(_OTHER_PLACES))
    name = f"{first} {rng.choice(_SECOND[kind])}"
    if kind == "shop":
        return world.shop(
            f"The {name}",
            rng.choice(("pub", "pharmacy", "café", "butcher shop", "tailor shop", "shoe shop", "toy shop")),
        )
    builders: dict[str, Callable[[str], world.Entity]] = {
        "lighthouse": world.lighthouse,
        "boat": world.boat,
        "island": world.island,
        "festival": world.festival,
    }
    return builders[kind](name)


def stranger(kind: str, avoid: frozenset[str], rng: random.Random) -> world.Entity:
    """An entity of `kind` that is not in the world and whose name, lower-cased, is not in `avoid`."""
    while True:
        entity = _stranger_of(kind, rng)
        names = {alias.lower() for alias in entity.aliases}
        if not names & (_KNOWN_NAMES | avoid):
            return entity


def unknown_question(rng: random.Random) -> str:
    """A question from outside the world, without capital and question mark."""
    entity = rng.choice(world.ENTITIES)
    template = rng.choice(_UNKNOWN)
    while "{w}" in template:
        template = template.replace("{w}", rng.choice((invented(rng), rng.choice(_FIRST))), 1)
    thing = rng.choice(_THINGS) if rng.random() < 0.7 else rng.choice((invented(rng), rng.choice(_FIRST)))
    return template.format(
        t=thing,
        u=rng.choice(_THINGS),
        a=rng.randint(2, 99),
        b=rng.randint(2, 99),
        y=rng.randint(1500, 2025),
        e=rng.choice(entity.aliases),
    )
