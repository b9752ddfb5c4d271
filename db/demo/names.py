"""Names, companies and jobs of sample viewers: plain tables.

A name in another script carries its Latin spelling after a slash: the login is made from it.
"""

FIRST_NAMES: dict[str, tuple[str, ...]] = {
    "US": ("Emily", "Marcus", "Olivia", "Tyler", "Jasmine", "Noah", "Grace", "Ethan", "Zoë", "Andre"),
    "GB": ("Harriet", "Oliver", "Aisha", "Callum", "Imogen", "Rhys", "Fiona", "Tariq", "Poppy", "Seán"),
    "DE": ("Jürgen", "Katharina", "Lukas", "Anneliese", "Björn", "Ayşe", "Matthias", "Änne", "Felix", "Greta"),
    "FR": ("Chloé", "François", "Maëlle", "Théo", "Inès", "Benoît", "Hélène", "Loïc", "Amélie", "Rémi"),
    "ES": ("Begoña", "Íñigo", "Lucía", "Martín", "Núria", "Álvaro", "Ximena", "Jordi", "Sofía", "Andrés"),
    "BR": ("João", "Inês", "Thiago", "Letícia", "Caetano", "Luíza", "Rafael", "Conceição", "Mateus", "Débora"),
    "IN": ("Priya", "Arjun", "आरती/Aarti", "Ravi", "Lakshmi", "Vikram", "Ananya", "Suresh", "Meera", "Kiran"),
    "IL": ("נועה/Noa", "Omer", "Yael", "איתן/Eitan", "Tamar", "Avi", "Shira", "Amir", "Dana", "Gil"),
    "JP": ("陽子/Yoko", "健二/Kenji", "さくら/Sakura", "翔太/Shota", "美咲/Misaki", "Haruto", "Yuki", "大輔/Daisuke"),
    "PL": ("Łukasz", "Agnieszka", "Paweł", "Małgorzata", "Żaneta", "Wojciech", "Zofia", "Michał", "Kasia"),
    "CA": ("Gabrielle", "Étienne", "Mackenzie", "Liam", "Noémie", "Owen", "Simran", "Maxime", "Hannah"),
    "AU": ("Matilda", "Jack", "Chloe", "Lachlan", "Ruby", "Angus", "Mia", "Kai", "Isla"),
    "NG": ("Chidi", "Ọmọlará", "Adébáyọ̀", "Ngozi", "Tunde", "Ifeoma", "Emeka", "Zainab", "Yétúndé"),
    "SE": ("Åsa", "Björn", "Linnéa", "Gustaf", "Märta", "Örjan", "Elsa", "Håkan", "Signe"),
}

LAST_NAMES: dict[str, tuple[str, ...]] = {
    "US": ("Johnson", "Ramirez", "Nguyễn", "Washington", "O'Brien", "Kowalski", "Brooks", "Chen", "Miller", "Diaz"),
    "GB": ("Hughes", "Patel", "Ashworth", "MacLeod", "Whitfield", "Khan", "Llewellyn", "Smith-Jones", "Begum"),
    "DE": ("Müller", "Schäfer", "Weiß", "Çelik", "von der Heide", "Krüger", "Becker", "Großmann", "Vogel"),
    "FR": ("Lefèvre", "Dubois", "N'Diaye", "Béranger", "Moreau", "Le Goff", "Garçon", "Château", "Benali"),
    "ES": ("García", "Muñoz", "Peña", "Etxeberria", "Puig", "Ibáñez", "Núñez", "Vázquez", "Castañeda"),
    "BR": ("Gonçalves", "Araújo", "Conceição", "Tanaka", "dos Santos", "Magalhães", "Brandão", "Nóbrega"),
    "IN": ("Sharma", "Iyer", "Krishnamurthy", "Banerjee", "Singh", "Desai", "D'Souza", "Reddy", "Khan"),
    "IL": ("לוי/Levi", "Cohen", "Mizrahi", "Ben-David", "Shapira", "חדד/Haddad", "Peretz", "Katz"),
    "JP": ("佐藤/Sato", "鈴木/Suzuki", "Takahashi", "田中/Tanaka", "渡辺/Watanabe", "山本/Yamamoto", "Nakamura"),
    "PL": ("Kowalczyk", "Wiśniewski", "Wójcik", "Zieliński", "Szymańska", "Dąbrowski", "Kozłowska"),
    "CA": ("Tremblay", "Côté", "MacDonald", "Singh", "Bélanger", "Lavoie", "Campbell", "Wong"),
    "AU": ("Williams", "Murphy", "Nguyen", "O'Connor", "Taylor", "Papadopoulos", "Walker"),
    "NG": ("Okafor", "Adéyẹmí", "Balogun", "Eze", "Ibrahim", "Olúwọlé", "Nwosu", "Bello"),
    "SE": ("Åkesson", "Lindström", "Sjögren", "Öberg", "Nyström", "Bergman", "Hägg"),
}

COMPANIES = (
    ("Acme", "Manufacturing"),
    ("Globex", "Financial services"),
    ("Initech", "Software"),
    ("Lumen & Söhne GmbH", "Energy"),
    ("Café Côté", "Food and drink"),
    ("株式会社みなと", "Logistics"),
    ("Hospital São Lucas", "Health care"),
    ("University of Northfield", "Education"),
    ("Orion 100% Renewables", "Energy"),
    ("O'Hara, Pike & Co.", "Legal"),
    ("Żubr Media", "Media"),
    ("Kestrel Airways", "Travel"),
)

TITLES = (
    "Product Manager",
    "Software Engineer",
    "Head of Learning",
    "Marketing Lead",
    "Customer Success Manager",
    "Data Analyst",
    "Designer",
    "Teacher",
    "Chief of Staff",
    "Support Specialist",
    "VP Sales",
    "Consultant",
)

ROLES = ("attendee", "attendee", "attendee", "speaker", "customer", "partner", "employee")
