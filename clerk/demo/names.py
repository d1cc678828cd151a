"""Names, telephone numbers and addresses for the sample store's people: invented, and reserved for fiction.

Telephone numbers come from the two ranges that Ofcom keeps free for drama (mobile 07700 900000-900999, London
020 7946 0000-0999); mail goes to example.org, which nobody can own.
Source: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
"""

from __future__ import annotations

import unicodedata
from random import Random

NAMES: tuple[tuple[str, str, str], ...] = (
    (
        "en-GB",
        "Alice Beth Callum Daisy Edward Freya George Harriet Imogen Jack Katie Liam Molly Nathan Olive Peter Rosie",
        "Ashdown Barlow Carver Dunmore Ellery Fenwick Garside Holloway Ingham Kershaw Langley Marsden Norbury Oakes",
    ),
    ("en-IE", "Aoife Bríd Cillian Declan Niamh Órla Rónán Siobhán", "Byrne Ó'Dálaigh Fitzgerald Kavanagh Ní-Bhriain"),
    ("cy-GB", "Carys Dafydd Eleri Gethin Llinos Rhodri", "Bevan Gwilym Llywelyn Morgan Prydderch"),
    ("pl-PL", "Agnieszka Bartosz Jadwiga Małgorzata Paweł Żaneta", "Dąbrowski Gołąb Kowalczyk Śliwińska Żak"),
    ("de-DE", "Anke Björn Friederike Jürgen Käthe Sören", "Böhm Großmann Krüger Müller Schäfer"),
    ("fr-FR", "Amélie Benoît Chloé Françoise Rémi Théo", "Bélanger D'Aubigné Lefèvre Moreau Noël"),
    ("es-ES", "Begoña Íñigo José María-José Nuria Raúl", "Castañeda Ibáñez Muñoz Núñez Peñalver"),
    ("pt-PT", "António Conceição Inês João Luísa Tomé", "Assunção Gonçalves Magalhães Simões"),
    ("sv-SE", "Åsa Björn Göran Märta Östen", "Ångström Björklund Hägg Sjöberg"),
    ("tr-TR", "Ayşe Çağla Gökhan İbrahim Şule", "Çelik Güneş Özdemir Yıldız"),
    ("hi-IN", "Ananya Devika Harsh Kavya Rohan Sunita", "Chatterjee Deshpande Iyer Menon Sharma"),
    ("yo-NG", "Adébáyọ̀ Fúnmiláyọ̀ Olúwaṣeun Tèmítọ́pẹ́", "Adéyẹmí Ògúnlẹ́sì Ọláníyan"),
    ("vi-VN", "Bảo Duyên Hương Linh Quân", "Đặng Nguyễn Phạm Trần"),
    ("zh-CN", "Wěi Xiùyīng Mǐn Jiàn", "Lǐ Wáng Zhāng Chén"),
    ("el-GR", "Ελένη Θεόδωρος Καλλιόπη", "Παπαδοπούλου Οικονόμου"),
    ("uk-UA", "Олена Тарас Соломія", "Шевчук Коваленко"),
    ("ar", "ليلى يوسف مريم", "حداد منصور"),
    ("ja-JP", "花子 健一 美咲", "山田 佐藤"),
)
"""(locale, given names, family names); a name is always taken from one row."""

_PLENTY_ENGLISH = 8
"""The first row counts this many times, since the store stands in an English harbour town."""


class Directory:
    """Hands out names, telephone numbers and addresses, no two alike.

    Args:
        rng: seeded.
        taken_phones: numbers that are already somebody's.
        taken_names: names that are already somebody's.
    """

    def __init__(self, rng: Random, taken_phones: frozenset[str], taken_names: frozenset[str]) -> None:
        self._rng = rng
        mobiles = [f"+44 7700 900{end:03d}" for end in range(1000)]
        landlines = [f"+44 20 7946 {end:04d}" for end in range(1000)]
        self._phones = [phone for phone in mobiles + landlines if phone not in taken_phones]
        rng.shuffle(self._phones)
        self._names = set(taken_names)
        self._mails: set[str] = set()
        self._rows = [NAMES[0]] * _PLENTY_ENGLISH + list(NAMES[1:])

    def person(self) -> tuple[str, str, str]:
        """(locale, given name, whole name) of somebody new."""
        while True:
            locale, given_names, family_names = self._rng.choice(self._rows)
            given = self._rng.choice(given_names.split())
            family = self._rng.choice(family_names.split())
            name = f"{family} {given}" if locale == "ja-JP" else f"{given} {family}"
            if name not in self._names:
                self._names.add(name)
                return locale, given, name

    def phone(self) -> str:
        """A number from the ranges reserved for fiction."""
        return self._phones.pop()

    def mail(self, name: str) -> str:
        """An address at example.org that looks like the name, or nothing when the name has no Latin letters."""
        plain = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("đ", "d").replace("ß", "ss"))
        words = ("".join(letter for letter in word if "a" <= letter <= "z") for word in plain.split())
        stem = ".".join(word for word in words if word)
        if not stem:
            return ""
        address, number = f"{stem}@example.org", 2
        while address in self._mails:
            address, number = f"{stem}{number}@example.org", number + 1
        self._mails.add(address)
        return address
