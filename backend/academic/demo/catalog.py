"""This file holds what the demo country teaches: faculties, departments, awards and topics."""

from dataclasses import dataclass

from academic.models import Program

Level = Program.Level


@dataclass(frozen=True, slots=True)
class Award:
    """What a department awards: `letter` begins its codes, `share` says how many choose it."""

    level: Level
    title: str
    letter: str
    years: int
    practice_year: int | None = None
    practice: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """A department, its ISCED-F 2013 field, the six topics it teaches, and its awards."""

    code: str
    name: str
    field: str
    topics: tuple[str, ...]
    awards: tuple[Award, ...]


@dataclass(frozen=True, slots=True)
class FacultyPlan:
    """A faculty and its departments."""

    code: str
    name: str
    departments: tuple[DepartmentPlan, ...]


LEARNING = "Work-Related Learning"
MASTER = Award(Level.MASTER, "Master of Science in {}", "M", 2, share=0.2)
HONORS = Award(Level.BACHELOR, "Bachelor of Science Honors in {}", "B", 4, 3, LEARNING)
ARTS = Award(Level.BACHELOR, "Bachelor of Arts Honors in {}", "B", 4, 3, LEARNING)
COMMERCE = Award(Level.BACHELOR, "Bachelor of Commerce Honors in {}", "B", 4, 3, LEARNING)
MASTER_OF_COMMERCE = Award(Level.MASTER, "Master of Commerce in {}", "M", 2, share=0.3)
TECHNOLOGY = Award(Level.BACHELOR, "Bachelor of Technology Honors in {}", "B", 4, 3, LEARNING)
ENGINEERING = Award(Level.BACHELOR, "Bachelor of Engineering Honors in {}", "B", 5, 4, LEARNING)
EDUCATION = Award(Level.BACHELOR, "Bachelor of Education in {}", "B", 4, 3, "Teaching Practice")
EDUCATION_AFTER = Award(Level.POSTGRADUATE_DIPLOMA, "Postgraduate Diploma in {}", "P", 1, share=0.4)
MASTER_OF_EDUCATION = Award(Level.MASTER, "Master of Education in {}", "M", 2, share=0.3)
LAWS = Award(Level.BACHELOR, "Bachelor of Laws", "B", 4)
MASTER_OF_LAWS = Award(Level.MASTER, "Master of Laws in {}", "M", 2, share=0.1)
MEDICINE = Award(Level.BACHELOR, "Bachelor of Medicine and Bachelor of Surgery", "B", 5)
VETERINARY = Award(Level.BACHELOR, "Bachelor of Veterinary Science", "B", 5)
NATIONAL_DIPLOMA = Award(Level.DIPLOMA, "National Diploma in {}", "D", 3, 2, "Industrial Attachment")
NATIONAL_CERTIFICATE = Award(Level.CERTIFICATE, "National Certificate in {}", "C", 2, 2, "Industrial Attachment", 0.6)
DIPLOMA_IN_EDUCATION = Award(Level.DIPLOMA, "Diploma in Education: {}", "D", 3, 2, "Teaching Practice")


def department(code: str, name: str, field: str, topics: str, *awards: Award) -> DepartmentPlan:
    return DepartmentPlan(code, name, field, tuple(topics.split(", ")), awards)


def faculty(code: str, name: str, *departments: DepartmentPlan) -> FacultyPlan:
    return FacultyPlan(code, name, departments)


def trade(code: str, name: str, field: str, topics: str) -> DepartmentPlan:
    """A department of a polytechnic."""
    return department(code, name, field, topics, NATIONAL_DIPLOMA, NATIONAL_CERTIFICATE)


def subject(code: str, name: str, field: str, topics: str) -> DepartmentPlan:
    """A department of a teachers' college."""
    return department(code, name, field, topics, DIPLOMA_IN_EDUCATION)


UNIVERSITY_FACULTIES = (
    faculty(
        "AGR", "Faculty of Agriculture, Environment and Food Systems",
        department("CRP", "Crop Science", "0811",
                   "Plant Physiology, Soil Fertility, Field Crops, Crop Protection, Horticulture, "
                   "Plant Breeding", HONORS, MASTER),
        department("ANS", "Animal Science", "0811",
                   "Animal Nutrition, Livestock Breeding, Dairy Production, Poultry Production, "
                   "Rangeland Management, Animal Health",
                   HONORS, MASTER),
        department("AEX", "Agricultural Economics and Extension", "0311",
                   "Farm Management, Agricultural Markets, Rural Extension, Agricultural Policy, "
                   "Agribusiness, Production Economics",
                   HONORS, MASTER),
        department("ENV", "Environmental Science", "0521",
                   "Ecology, Water Resources, Climate Change, Environmental Impact, Waste Management, "
                   "Geographic Information Systems",
                   HONORS, MASTER),
        department("FNT", "Food Science and Nutrition", "0721",
                   "Food Chemistry, Food Microbiology, Food Processing, Human Nutrition, Food Safety, "
                   "Product Development", HONORS),
    ),
    faculty(
        "ART", "Faculty of Arts and Humanities",
        department("HIS", "History and Heritage Studies", "0222",
                   "African History, Archaeology, Heritage Management, Oral Tradition, World History, "
                   "Museum Studies", ARTS),
        department("LLC", "Languages, Literature and Culture", "0232",
                   "Linguistics, Shona Literature, Ndebele Literature, English Literature, Translation, "
                   "Lexicography", ARTS),
        department("PHR", "Philosophy and Religious Studies", "0223",
                   "Ethics, Logic, African Philosophy, World Religions, Political Philosophy, "
                   "Theory of Knowledge", ARTS),
        department("CPA", "Creative and Performing Arts", "0215",
                   "Theater, Music, Film, Choreography, Arts Administration, Cultural Policy", ARTS),
        department("JMS", "Journalism and Media Studies", "0321",
                   "News Reporting, Media Law, Broadcasting, Digital Media, Public Relations, "
                   "Communication Theory", HONORS),
    ),
    faculty(
        "BUS", "Faculty of Business Management Sciences and Economics",
        department("ACC", "Accounting", "0411",
                   "Financial Accounting, Cost Accounting, Auditing, Taxation, Financial Reporting, "
                   "Corporate Finance",
                   COMMERCE, MASTER_OF_COMMERCE),
        department("BNF", "Banking and Finance", "0412",
                   "Money and Banking, Financial Markets, Risk Management, Investment, Microfinance, "
                   "Bank Regulation",
                   COMMERCE, MASTER_OF_COMMERCE),
        department("MKT", "Marketing", "0414",
                   "Consumer Behavior, Brand Management, Market Research, Digital Marketing, "
                   "Sales Management, Retailing",
                   COMMERCE, MASTER_OF_COMMERCE),
        department("HRM", "Human Resource Management", "0413",
                   "Labor Relations, Organizational Behavior, Talent Management, Labor Law, Compensation, "
                   "Training and Development",
                   COMMERCE, MASTER_OF_COMMERCE),
        department("THM", "Tourism and Hospitality Management", "1015",
                   "Tourism Planning, Hotel Operations, Event Management, Ecotourism, Travel Operations, "
                   "Service Quality", COMMERCE),
        department("ECO", "Economics", "0311",
                   "Microeconomics, Macroeconomics, Econometrics, Public Finance, International Trade, "
                   "Development Economics",
                   HONORS, MASTER),
    ),
    faculty(
        "COM", "Faculty of Computer Engineering, Informatics and Communications",
        department("CSC", "Computer Science", "0613",
                   "Programming, Data Structures, Operating Systems, Databases, Computer Networks, "
                   "Artificial Intelligence",
                   HONORS, MASTER),
        department("INF", "Information Systems", "0612",
                   "Systems Analysis, Enterprise Systems, Web Development, Project Management, "
                   "Business Intelligence, Data Governance",
                   HONORS, MASTER),
        department("CYB", "Cyber Security", "0612",
                   "Cryptography, Network Security, Digital Forensics, Secure Software, "
                   "Security Operations, Incident Response",
                   TECHNOLOGY),
    ),
    faculty(
        "EDU", "Faculty of Education",
        department("SME", "Science and Mathematics Education", "0114",
                   "Mathematics Pedagogy, Science Pedagogy, Laboratory Teaching, Assessment, "
                   "Curriculum Studies, Learning Technology",
                   EDUCATION, EDUCATION_AFTER, MASTER_OF_EDUCATION),
        department("ECD", "Early Childhood Development", "0112",
                   "Child Development, Play and Learning, Early Literacy, Inclusive Education, "
                   "Family Partnership, Early Numeracy",
                   EDUCATION),
        department("EDM", "Educational Leadership and Management", "0111",
                   "School Leadership, Education Policy, School Finance, Supervision, Education Law, "
                   "Quality Assurance",
                   EDUCATION, MASTER_OF_EDUCATION),
    ),
    faculty(
        "ENG", "Faculty of Engineering and the Built Environment",
        department("CIV", "Civil Engineering", "0732",
                   "Structural Analysis, Soil Mechanics, Hydraulics, Highway Design, "
                   "Construction Materials, Surveying", ENGINEERING),
        department("ELE", "Electrical Engineering", "0713",
                   "Circuit Theory, Power Systems, Electrical Machines, Control Systems, Electronics, "
                   "Signal Processing", ENGINEERING),
        department("MEC", "Mechanical Engineering", "0715",
                   "Thermodynamics, Fluid Mechanics, Machine Design, Manufacturing, "
                   "Strength of Materials, Dynamics", ENGINEERING),
        department("CHE", "Chemical Engineering", "0711",
                   "Mass Transfer, Heat Transfer, Reaction Engineering, Process Control, Process Design, "
                   "Industrial Chemistry",
                   ENGINEERING),
    ),
    faculty(
        "LAW", "Faculty of Law",
        department("LWS", "Law", "0421",
                   "Constitutional Law, Contract Law, Criminal Law, Property Law, Family Law, Company Law",
                   LAWS, MASTER_OF_LAWS),
    ),
    faculty(
        "MED", "Faculty of Medicine and Health Sciences",
        department("MDC", "Medicine", "0912",
                   "Anatomy, Physiology, Pathology, Internal Medicine, Surgery, Community Medicine",
                   MEDICINE),
        department("NUR", "Nursing Science", "0913",
                   "Nursing Care, Midwifery, Mental Health, Community Health, Pharmacology, "
                   "Nursing Management", HONORS, MASTER),
        department("PHM", "Pharmacy", "0916",
                   "Pharmaceutics, Medicinal Chemistry, Pharmacology, Pharmacy Practice, Toxicology, "
                   "Pharmacognosy", HONORS),
        department("MLS", "Medical Laboratory Sciences", "0914",
                   "Hematology, Clinical Chemistry, Medical Microbiology, Immunology, Parasitology, "
                   "Histology", HONORS),
    ),
    faculty(
        "SCI", "Faculty of Science",
        department("BIO", "Biological Sciences", "0511",
                   "Cell Biology, Genetics, Microbiology, Zoology, Botany, Molecular Biology",
                   HONORS, MASTER),
        department("CHM", "Chemistry", "0531",
                   "Organic Chemistry, Inorganic Chemistry, Physical Chemistry, Analytical Chemistry, "
                   "Spectroscopy, Polymers",
                   HONORS, MASTER),
        department("PHY", "Physics", "0533",
                   "Mechanics, Electromagnetism, Quantum Physics, Optics, Thermal Physics, "
                   "Solid State Physics", HONORS, MASTER),
        department("MAT", "Mathematics", "0541",
                   "Calculus, Linear Algebra, Real Analysis, Differential Equations, Numerical Methods, "
                   "Abstract Algebra",
                   HONORS, MASTER),
        department("STA", "Statistics and Operations Research", "0542",
                   "Probability, Inference, Regression, Time Series, Linear Programming, Survey Sampling",
                   HONORS, MASTER),
    ),
    faculty(
        "SOC", "Faculty of Social and Behavioral Sciences",
        department("PSY", "Psychology", "0313",
                   "Social Psychology, Cognition, Personality, Counseling, Psychometrics, "
                   "Abnormal Psychology", HONORS, MASTER),
        department("SOW", "Social Work", "0923",
                   "Community Work, Child Welfare, Social Policy, Case Work, Group Work, Gerontology",
                   HONORS, MASTER),
        department("POL", "Politics and Public Administration", "0312",
                   "Comparative Politics, International Relations, Local Government, Public Policy, "
                   "Governance, Political Economy",
                   HONORS, MASTER),
        department("DVS", "Development Studies", "0312",
                   "Rural Development, Gender and Development, Project Planning, Food Security, "
                   "Migration, Monitoring and Evaluation",
                   HONORS, MASTER),
    ),
    faculty(
        "VET", "Faculty of Veterinary Science",
        department("VTS", "Veterinary Science", "0841",
                   "Veterinary Anatomy, Animal Physiology, Veterinary Pathology, Clinical Practice, "
                   "Epidemiology, Veterinary Surgery",
                   VETERINARY),
    ),
    faculty(
        "MIN", "Faculty of Minerals and Mining",
        department("MNG", "Mining Engineering", "0724",
                   "Mine Planning, Rock Mechanics, Mine Ventilation, Mineral Economics, Blasting, "
                   "Mine Safety", ENGINEERING),
        department("MTL", "Metallurgy and Minerals Processing", "0715",
                   "Mineralogy, Comminution, Flotation, Pyrometallurgy, Hydrometallurgy, Process Metallurgy",
                   ENGINEERING),
    ),
    faculty(
        "DEF", "Faculty of Defense and Security Studies",
        department("STR", "Strategic Studies", "1031",
                   "Military History, Strategy, Defense Policy, Peacekeeping, International Security, "
                   "Leadership", HONORS, MASTER),
        department("DIS", "Disaster Management", "1032",
                   "Risk Assessment, Emergency Planning, Humanitarian Law, Logistics, Recovery, "
                   "Early Warning", HONORS),
    ),
    faculty(
        "THE", "Faculty of Theology and Religious Studies",
        department("THL", "Theology", "0221",
                   "Old Testament, New Testament, Church History, Pastoral Care, Homiletics, "
                   "Systematic Theology", ARTS),
    ),
)  # fmt: skip

COLLEGE_FACULTIES = (
    faculty(
        "TENG", "Division of Engineering",
        trade("AUT", "Automotive Engineering", "0716",
              "Engine Technology, Auto Electrics, Transmission Systems, Workshop Practice, "
              "Vehicle Diagnostics, Chassis Systems" ),
        trade("BLD", "Construction Engineering", "0732",
              "Building Technology, Quantity Surveying, Concrete Work, Site Management, "
              "Technical Drawing, Plumbing" ),
        trade("EPE", "Electrical Power Engineering", "0713",
              "Electrical Installation, Power Generation, Motor Control, Electronics, Solar Systems, "
              "Electrical Safety" ),
        trade("MPE", "Mechanical Engineering", "0715",
              "Machine Shop, Welding, Engineering Drawing, Refrigeration, Plant Maintenance, Metrology"),
    ),
    faculty(
        "TBUS", "Division of Business Studies",
        trade("ACY", "Accountancy", "0411",
              "Bookkeeping, Costing, Business Law, Taxation, Auditing, Financial Statements"),
        trade("HRT", "Human Resource Management", "0413",
              "Personnel Practice, Labor Law, Industrial Relations, Payroll, Staff Training, Organization"),
        trade("OFM", "Office Management", "0415",
              "Office Practice, Word Processing, Business Communication, Records Management, Minutes, "
              "Customer Care" ),
    ),
    faculty(
        "TAPP", "Division of Applied Sciences and Technology",
        trade("ICT", "Information Technology", "0612",
              "Computer Hardware, Programming, Networking, Databases, Web Design, User Support"),
        trade("LAB", "Laboratory Technology", "0711",
              "Chemical Analysis, Microbiology, Instrumentation, Quality Control, Laboratory Safety, "
              "Applied Biology" ),
        trade("HOS", "Hotel and Catering", "1013",
              "Food Production, Food Service, Housekeeping, Front Office, Nutrition, Hotel Accounts"),
        trade("CLO", "Clothing and Textile Technology", "0723",
              "Pattern Making, Garment Making, Textiles, Fashion Design, Production Planning, Finishing"),
    ),
    faculty(
        "TPRI", "Primary Education",
        subject("PRI", "Primary", "0113",
                "Theory of Education, Primary Mathematics, Primary English, Indigenous Languages, "
                "Environmental Science, Health and Life Skills" ),
        subject("IEC", "Infant and Early Childhood", "0112",
                "Child Study, Early Reading, Early Number, Creative Play, Nutrition and Safety, Special Needs"
                ),
    ),
    faculty(
        "THUM", "Humanities and Practical Subjects",
        subject("LNG", "Languages", "0114",
                "English Language, Shona, Ndebele, Literature, Language Teaching, Speech and Drama"),
        subject("HPE", "Heritage, Arts and Physical Education", "0114",
                "Heritage Studies, Family and Religious Studies, Visual Arts, Music, Physical Education, "
                "Sports Coaching" ),
    ),
    faculty(
        "TSCI", "Science, Mathematics and Technology",
        subject("STM", "Science and Mathematics", "0114",
                "Algebra, Statistics, Physics, Chemistry, Biology, Science Teaching"),
        subject("TVE", "Technical and Vocational Subjects", "0114",
                "Wood Technology, Metal Technology, Agriculture, Computer Studies, Food Technology, "
                "Workshop Teaching" ),
    ),
)  # fmt: skip

FACULTIES = {plan.code: plan for plan in (*UNIVERSITY_FACULTIES, *COLLEGE_FACULTIES)}
