"""This file holds names that are common in Zimbabwe, Shona, Ndebele and English; they are no list of persons."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = words(
    """
    Anesu Anotida Ashley Atipa Beatrice Bernadette Bhekiwe Blessing Buhlebenkosi Caroline Cecilia Charity
    Chenai Chengetai Chiedza Chioniso Chipo Christine Constance Danai Debra Dorcas Edith Elizabeth Esnath
    Esther Eunice Evelyn Fadzai Faith Farai Felistas Florence Fungai Gamuchirai Gladys Gloria Grace
    Gugulethu Hazel Hilda Hope Idah Itai Jacqueline Jane Joice Joyce Juliet Keresia Khanyisile Kudzai
    Kundai Lindiwe Lillian Loice Lungile Lydia Maidei Makanaka Margaret Maria Martha Mary Maud Memory
    Melody Mercy Mildred Miriam Mitchell Moleen Molly Monica Mufaro Munashe Nancy Natsai Ncazelo Netsai
    Nobuhle Nokuthula Nomathemba Nomsa Nomvula Nonhlanhla Nothando Ntombizodwa Nyaradzo Nyasha Ottilia
    Paida Patience Patricia Pauline Petronella Portia Precious Primrose Priscilla Privilege Progress
    Prudence Rachel Rebecca Regina Rejoice Revai Ropafadzo Rosemary Rudo Rufaro Runako Rutendo Ruth
    Ruvarashe Ruvimbo Sandra Sarudzai Sekai Shamiso Shylet Sibongile Sibusisiwe Sikhanyiso Silibaziso
    Simangaliso Sinikiwe Siphiwe Sithandekile Sithembile Sithokozile Stella Susan Tadiwa Tafadzwa
    Tambudzai Tanatswa Tapiwa Tariro Tatenda Tendai Thandeka Thandiwe Thembelihle Theresa Thokozani
    Tinotenda Tsitsi Vimbai Virginia Vongai Winnie Yeukai Yvonne Zanele Zibusiso Zodwa Zvikomborero
    """
)

MEN = words(
    """
    Admire Alfred Allan Anesu Anotida Archford Arnold Artwell Batsirai Bekithemba Benjamin Bhekimpilo
    Blessing Bongani Brighton Brian Busani Caleb Charles Chamunorwa Chenjerai Christopher Clemence Clever
    Collen Costa Courage Cuthbert Daniel David Decent Denford Dennis Donald Douglas Dumisani Edmore Edson
    Elias Elliot Elvis Emmanuel Enock Eric Ernest Evans Farai Forget Francis Freeman Gamaliel Garikai
    George Gerald Gibson Gift Gilbert Givemore Godfrey Godknows Happison Henry Herbert Honest Innocent
    Isaac Itai Jabulani James Jealous Jephias John Johannes Joseph Joshua Julius Justice Kelvin Kenneth
    Khulekani Khumbulani Knowledge Kudakwashe Kudzai Kumbirai Lameck Langton Lawrence Learnmore Leonard
    Leslie Liberty Lloyd Lovemore Lucky Luckson Lungisani Marvelous Maxwell Mbongeni Methuseli Michael
    Misheck Moses Mthokozisi Mthulisi Munashe Munyaradzi Musa Ndabezinhle Never Nhlanhla Nicholas Nigel
    Njabulo Nkosana Nkululeko Norman Nqobile Nyasha Obert Oliver Panashe Passmore Patrick Paul Peter
    Phathisani Philani Prince Prosper Qhubekani Raymond Reason Richard Richmond Robert Ronald Rufaro
    Samuel Shepherd Sibusiso Sikhumbuzo Simbarashe Simon Sipho Solomon Stanford Stephen Tadiwa Tafadzwa
    Takudzwa Talent Tapiwa Tapiwanashe Tatenda Tawanda Tendai Terrence Thabani Themba Thomas Thulani
    Tichaona Tinashe Tinotenda Tonderai Trust Trymore Tsungai Vincent Vitalis Washington Wellington
    Willard Wonder Zenzo Zivanai Zwelithini
    """
)

FAMILIES = words(
    """
    Banda Bandura Bango Bere Bhebhe Bhunu Biri Bvuma Chabata Chademana Chagonda Chaitezvi Chakanetsa
    Chakanyuka Chamisa Chamunogwa Chanakira Chapungu Charamba Chari Chasi Chatikobo Chauke Chibanda
    Chideme Chidzonga Chifamba Chigumba Chigumbura Chigwedere Chihota Chihuri Chikafu Chikomo Chikore
    Chikowore Chikukwa Chikwanha Chimbganda Chimedza Chimhini Chimombe Chimuka Chimuti Chinamasa
    Chinembiri Chingono Chinhara Chinyama Chinyoka Chipanga Chipere Chipunza Chiremba Chirenje Chirinda
    Chirume Chisango Chitando Chitauro Chitepo Chitiyo Chitsa Chitsiko Chiutsi Chivasa Chiweshe Chiwoko
    Choga Choto Choruma Dabengwa Dandajena Danda Dangarembwa Dehwa Dendere Denhere Dewa Dhlamini Dhliwayo
    Dlodlo Dube Dumba Dune Dzapasi Dzinotyiwei Fusire Furusa Gadzikwa Gandiwa Ganyani Garwe Gatsi Gava
    Gomo Gondo Gopito Gova Goredema Gudo Gumbo Gumede Gunda Gurira Gutu Gwanzura Gwatidzo Hama Hlabangana
    Hlatshwayo Hove Huni Jakata Jambwa Jena Jiri Jongwe Kadenge Kahari Kamba Kambarami Kamudyariwa
    Kanyemba Karimanzira Kasekete Katsande Kaseke Khabo Khoza Khumalo Kombora Kuwanda Kunaka Lunga Mabasa
    Mabhena Mabika Machingura Machiridza Machaya Madamombe Madondo Madziva Mafa Mafukidze Mafunga Magaya
    Magorimbo Magwaza Mahachi Mahlangu Maisiri Makamure Makaza Makoni Makumbe Malaba Mandaza Mandizha
    Mangena Manjengwa Manyika Mapfumo Mapuranga Maphosa Maposa Maradze Marange Marere Maruta Masango
    Masarira Masawi Maseko Mashingaidze Masuku Masunda Masvaure Matambanadzo Matanhire Mathe Mathuthu
    Matiza Matonhodze Matshazi Mavhunga Mawere Mazarura Mazhindu Mazvimavi Mberi Mbewe Mbira Mbofana
    Mbudzi Mdlongwa Mhaka Mhandu Mhike Mhlanga Mhofu Mkandla Mkwananzi Mlambo Mlilo Mnkandla Moyana Moyo
    Mpala Mpofu Msimanga Msipa Mthethwa Mtetwa Mubaiwa Muchena Muchineripi Muchirahondo Mudavanhu Mudenge
    Mudyahoto Mudzingwa Mugadza Mugari Muguti Mujuru Mukanya Mukaro Mukono Munemo Mungate Munyaka
    Mupanduki Mupfumira Murape Murehwa Murerwa Muroyiwa Musarurwa Mushonga Musiiwa Musiyiwa Mutambara
    Mutasa Mutema Muteswa Mutonhori Mutsvairo Muvirimi Muza Muzenda Muzondo Mvundura Mwale Mwanza Nare
    Ncube Ndebele Ndhlovu Ndiweni Ndlovu Ndoro Ngara Ngirazi Ngorima Ngulube Ngwenya Nhamo Nhara Nhema
    Nhongo Nkala Nkiwane Nkomo Nleya Nyakudya Nyamande Nyamapfene Nyamhunga Nyandoro Nyathi Nyikadzino
    Nyoni Nzou Pasipamire Phiri Pfende Pfumo Rusere Rusike Rwodzi Sachikonye Samkange Sande Savanhu Shava
    Shereni Shiri Shoko Shonhiwa Shumba Sibanda Sibindi Sigauke Sithole Siziba Tafirenyika Takavarasha
    Tapera Tarusenga Tembo Togara Tshabalala Tshuma Tsodzo Tsvangirai Tutani Vambe Vela Zembe Zhakata Zhou
    Zimuto Zinyama Zishiri Zulu Zvobgo
    """
)

# Held by many more people than the others.
FREQUENT = ("Moyo", "Ncube", "Sibanda", "Dube", "Ndlovu", "Nyathi", "Shumba", "Banda", "Phiri", "Mpofu", "Khumalo")
