"""Which words of each language carry no meaning of their own and are left out of the index?

Short lists of function words (articles, pronouns, prepositions, conjunctions, auxiliaries), chosen
by us for texts about practice; a word that can also be a noun of the field stays out of them.
All words are lower case, in their correct spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LISTS: Final[Mapping[str, str]] = {
    "en": """a about after again all also am an and any are as at be because been before being both
        but by can could did do does doing during each either few for from further had has have
        having he her here hers herself him himself his how i if in into is it its itself just me
        more most my myself no nor not of off on once only or other our ours ourselves out over
        own same shall she should so some such than that the their theirs them themselves then
        there these they this those through to too under until up upon very was we were what when
        where which while who whom whose why will with would you your yours yourself yourselves""",
    "fr": """à ai aie ainsi après au aucun aucune aussi autre autres aux avaient avait avec avoir
        avons avez ayant c ce ceci cela celle celles celui ces cet cette ceux chaque ci comme
        comment d dans de depuis des donc dont du elle elles en encore entre es est et étaient
        était étant été être eu eux fait font furent fut ici il ils j je jusque l la là le les
        leur leurs lors lui m ma mais même mêmes mes moi mon n ne ni nos notre nous on ont ou où
        par pas pendant plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa
        sans se sera seront ses si son sont sous sur t ta te tes toi ton tous tout toute toutes
        très tu un une vers vos votre vous y""",
    "pt": """a à ainda além algum alguma algumas alguns ao aos após aquela aquelas aquele aqueles
        aquilo as às até cada com como contra da das de dela delas dele deles depois desde do dos
        e é ela elas ele eles em enquanto entre era eram essa essas esse esses esta está estão
        estar estas estava este estes eu foi foram havia há isso isto já lhe lhes mais mas mesmo
        meu minha muito muitos na nas não nem no nos nós nossa nosso num numa o onde os ou para
        pela pelas pelo pelos perante pode podem por porque qual quais quando que quem se sem ser
        será serão seu seus si sido são só sob sobre sua suas também te tem têm ter todas todo
        todos tu um uma umas uns você vocês""",
    "it": """a abbia abbiamo ad agli ai al alla alle allo anche ancora avere aveva avevano c che
        chi ci ciò coi col come con contro cui d da dagli dai dal dalla dalle dallo degli dei del
        della delle dello di dopo dove e è ed egli era erano essa esse essere essi esso fa fino
        fra fu furono già gli ha hai hanno ho i il in io l la là le lei li lo loro lui ma mediante
        mi mia mio negli nei nel nella nelle nello né noi non nostra nostro o ogni oppure per
        perché più poi qua quale quali quando quanto quella quelle quelli quello questa queste
        questi questo qui s sarà saranno se secondo sei senza si sia siamo siano siete solo sono
        sopra sotto stata state stati stato su sua sue sugli sui sul sulla sulle sullo suo suoi
        tra tu tutta tutte tutti tutto un una uno v vi voi""",
    "bg": """а аз ако ала бе без беше би бил била били било близо бъдат бъде бяха в вас ваш ваша
        вече ви вие във всеки всички всичко всяка всяко върху г ги го да дали до докато докога
        дори е едва един една едно за зад заради засега затова защо защото и из или им има имат
        иска й каза как каква какво както какъв като кога когато което които кой който колко която
        къде където към ли м между ме ми мнозина мога могат може му на над най нас не него нея ни
        ние никой нито но някои някой няма обаче около освен от отново още по под поне поради
        после почти прави пред преди през при с са само се сега си след со според спрямо сред
        срещу съм със също т така такава такива такъв там те тези ти то това тогава този той
        толкова точно три тук тъй тя тях у ще щом я""",
    "el": """ο η το οι τα του της των τον την τους τις στο στη στην στον στα στις στους στων και κι
        κατά κάθε καθώς κάποια κάποιο κάποιος κάτι αλλά αν ανά αντί από απ αυτά αυτές αυτή αυτήν
        αυτό αυτοί αυτός αυτού αυτούς αυτών για γιατί δε δεν διά εάν εγώ εδώ εκεί εκείνη εκείνο
        εκείνος έναν ένα ένας εν ενός ενώ επί επειδή εσύ εμείς εσείς έτσι έχει έχουμε έχουν είχε
        είχαν είμαι είναι είμαστε ήδη ήταν θα ίδια ίδιο ίδιος και κάτω μα μας με μέσα μέσω μετά
        μεταξύ μέχρι μη μην μην μια μία μου να ξανά ό όλα όλες όλη όλο όλοι όλος όλους όλων όμως
        όπου όπως ότι όταν όσο όσοι όσα ούτε πάνω παρά περί πια πιο πλέον ποια ποιο ποιος πολύ που
        πού πριν προς πρέπει πως πώς σαν σας σε σου σύμφωνα τι τότε τόσο υπέρ υπό ως ώστε""",
    "nl": """aan achter al alle als altijd andere ben bij binnen buiten daar daarna dan dat de den
        der deze die dit doch doen door dus een en er ge geen geweest had hadden hare heb hebben
        heeft hem hen het hier hij hoe hun iemand iets ik in is ja je jij jou jullie kan kon
        kunnen maar me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat
        onder ons onze ook op over reeds sinds te tegen ten ter tijdens toch toen tot tussen u uit
        uw van veel via volgens voor waar waren was wat we wel welke werd werden wezen wie wij wil
        worden wordt zal ze zelf zich zij zijn zo zoals zonder zou zouden""",
    "de": """aber alle allem allen aller alles als also am an ander andere anderem anderen anderer
        auch auf aus bei beim bin bis bist da dabei dadurch damit danach dann das dass daß dazu
        dein dem den denn der deren des dessen die dies diese diesem diesen dieser dieses doch
        dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen gewesen hab
        habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer
        im in indem ins ist ja jede jedem jeden jeder jedes jedoch jene jetzt kann kein keine
        keinem keinen können könnte man mehr mein mich mir mit muss müssen nach nicht nichts noch
        nun nur ob oder ohne sehr sein seine seinem seinen seiner sich sie sind so solche sondern
        sowie soll sollen sollte über um und uns unser unter viel vom von vor während war waren
        warum was weil welche welchem welchen welcher wenn werde werden wie wieder will wir wird
        wo wurde wurden zu zum zur zwar zwischen""",
    "es": """a al algo algún alguna algunas alguno algunos ante antes aquel aquella aquellas
        aquello aquellos así aún aunque bajo cada como cómo con contra cual cuál cuales cuando
        cuándo de del desde donde dónde dos durante e el él ella ellas ellos en entre era eran es
        esa esas ese eso esos esta está están estaba estar estas este esto estos fue fueron ha
        había han hasta hay la las le les lo los más me mediante mi mientras mis mucho muchos muy
        nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para
        pero poco por porque que qué quien quién quienes se según sea sean ser será serán si sí
        sido sin sobre sólo son su sus también tan tanto te tiene tienen todo todos tras tu tú un
        una unas uno unos usted ustedes y ya yo""",
    "ro": """a abia acea aceasta această aceea acel aceia acele acelea acest acesta aceste acestea
        acestei acestor acestui acești acestia aceștia aici al ale alt alta altă alte alți am ar
        are aș asta astfel asupra atât atunci au avea avem aveți avut ba ca că când căci cam care
        căreia cărora căror căruia cât câte câți către ce cea ceea cei cel cele celor chiar ci
        cine cînd cu cum da dacă dar de deci decât deja deoarece deși despre din dintr dintre doar
        după ea ei el ele era erau este eu există face fără fel fi fie fiecare fiind fost i ia iar
        ie ii îi îl îmi în înainte încă înspre între într își își la le li lor lui m mai mă mea
        mei mele meu mi mult multă mulți n ne nici nimic niște noastră noastre noi nostru noștri
        nu o ori oricare pe pentru peste poate pot prea prin printr sa să sale sau se și sine său
        săi sub sunt suntem t te ți tot toate toți tu tuturor un una unde unei unele uneori unii
        unor unui unul va vă voastră voi vom vor vostru vreo vreun""",
    "pl": """a aby albo ale ani bardzo bez bo by być był była było były będą będzie ci co czego czy
        czyli dla dlaczego dlatego do gdy gdyby gdyż gdzie go i ich ile im innych inne inny ja jak
        jako je jeden jednak jednego jednej jego jej jemu jest jestem jeszcze jeśli jeżeli już
        każda każde każdy kiedy kto która które którego której który których którym którzy ku lub
        ma mają mi między mnie mu można może mogą my na nad nam nami nas nasz nasza nasze nawet
        nich nie nim niż no o obok od ok on ona one oni oraz po pod podczas ponad ponieważ poprzez
        pomiędzy przed przede przez przy raz również są się skąd sobie sposób swoje swój ta tak
        taka taki takie także tam te tego tej ten też to tobie toteż tu twój ty tych tylko tym
        tymi u w wam wami was we według wiele więc wszyscy wszystkich wszystkie wszystko z za zaś
        zawsze ze że żeby""",
    "sv": """all alla allt är att av bara bli blev blir bland både då de dem den denna deras dess
        dessa det detta dig din dina dit ditt du efter eftersom ej eller en er era ert ett från
        för genom ha hade han hans har hela henne hennes hon honom hos hur här i icke igen in
        inför inga ingen inget inom inte jag kan kom kunde kring man med medan mellan men mer mera
        mig min mina mitt mot mycket ned ni något några någon nu när och också om oss på sedan
        samt sig sin sina sitt ska skall skulle som så sådan sådana sådant till tills trots under
        upp ur ut utan vad var vara varför varit varje vars vem vi via vid vilka vilkas vilken
        vilket vår våra vårt än ännu åt över""",
}

STOPWORDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {language: frozenset(words.split()) for language, words in _LISTS.items()}
)
"""Language (ISO 639-1) to its stop words; a language that is missing has none."""
