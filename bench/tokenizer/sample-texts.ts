/** Prose in many languages, written for this measurement: the same plain subject, a few hundred words in all. */

export const SAMPLE_TEXTS: Readonly<Record<string, string>> = {
  English: `A lunar base is mostly a plumbing problem. Water has to be found, melted, cleaned, split, stored and cleaned again, and every
litre that leaks away has to be carried up from a gravity well four hundred thousand kilometres deep. The people who planned the first
station spent far more time on valves than on rockets. They knew that nobody would remember the valves, and that everybody would remember
the day when one of them failed. So they wrote procedures, tested them in the desert, threw half of them away and tested the rest again.
What was left at the end fitted into a thin book, and that book is still the most valuable thing on board.`,
  German: `Eine Mondbasis ist vor allem eine Frage der Wasserversorgung. Das Eis muss gefunden, geschmolzen, gereinigt, zerlegt, gelagert und
wieder gereinigt werden, und jeder Liter, der verloren geht, kommt nur über vierhunderttausend Kilometer wieder herauf. Die Planerinnen der
ersten Station beschäftigten sich deshalb viel länger mit Ventilen als mit Raketentriebwerken. Sie wussten, dass sich niemand an die Ventile
erinnern würde, wohl aber an den Tag, an dem eines von ihnen versagt. Also schrieben sie Verfahrensanweisungen, erprobten sie in der Wüste,
warfen die Hälfte davon weg und erprobten den Rest noch einmal.`,
  French: `Une base lunaire est d'abord une affaire de tuyaux. Il faut trouver la glace, la fondre, la purifier, la séparer, la stocker et la
purifier encore ; chaque litre perdu doit remonter d'un puits profond de quatre cent mille kilomètres. Ceux qui ont conçu la première station
ont passé bien plus de temps sur les vannes que sur les fusées. Ils savaient que personne ne se souviendrait des vannes, mais que chacun se
rappellerait le jour où l'une d'elles aurait lâché. Ils ont donc rédigé des procédures, les ont essayées dans le désert, en ont jeté la moitié.`,
  Spanish: `Una base lunar es, sobre todo, un problema de fontanería. Hay que encontrar el hielo, fundirlo, limpiarlo, separarlo, guardarlo y
volver a limpiarlo, y cada litro que se pierde tiene que subir desde un pozo de cuatrocientos mil kilómetros. Quienes planearon la primera
estación dedicaron mucho más tiempo a las válvulas que a los cohetes. Sabían que nadie recordaría las válvulas, pero que todo el mundo
recordaría el día en que fallara una de ellas. Así que escribieron procedimientos, los probaron en el desierto y tiraron la mitad.`,
  Russian: `Лунная база — это прежде всего водопровод. Лёд нужно найти, растопить, очистить, разложить, сохранить и снова очистить, а каждый
потерянный литр придётся поднимать из гравитационного колодца глубиной четыреста тысяч километров. Те, кто планировал первую станцию, думали о
клапанах гораздо больше, чем о ракетах. Они знали, что клапанов никто не запомнит, зато все запомнят день, когда один из них откажет. Поэтому
они писали инструкции, проверяли их в пустыне, половину выбрасывали и проверяли остальные ещё раз.`,
  Chinese: `月球基地首先是一个管道问题。冰必须被找到、融化、净化、分解、储存，然后再次净化；每漏掉一升水，都要从四十万公里深的引力井里重新运上来。设计第一座
空间站的人花在阀门上的时间远远多于花在火箭上的时间。他们知道，没有人会记得阀门，但是所有人都会记得某个阀门失灵的那一天。于是他们编写操作规程，在沙漠里反复
试验，丢掉其中的一半，再把剩下的重新试验一遍。最后留下来的内容只够装订成一本薄薄的小册子，而这本小册子至今仍然是基地里最宝贵的东西。每天早晨，值班员会打开它，
从第一页读起，检查空气、水、温度和压力，然后在日志上签下自己的名字。`,
  Japanese: `月面基地とは、何よりもまず配管の問題である。氷を見つけ、溶かし、浄化し、分解し、貯蔵し、そしてもう一度浄化しなければならない。漏れた水は一リットル
ごとに、四十万キロメートルの深さの重力の井戸から運び上げることになる。最初の基地を計画した人々は、ロケットよりもバルブのほうにずっと長い時間をかけた。バルブの
ことなど誰も覚えていないだろうが、それが壊れた日のことは誰もが覚えているだろうと知っていたからだ。そこで手順書を書き、砂漠で試し、半分を捨て、残りをもう一度試した。`,
  Korean: `달 기지는 무엇보다도 배관의 문제이다. 얼음을 찾아서 녹이고, 정화하고, 분해하고, 저장하고, 다시 정화해야 하며, 새어 나간 물은 한 리터마다 사십만 킬로미터
깊이의 중력 우물에서 다시 끌어올려야 한다. 첫 기지를 계획한 사람들은 로켓보다 밸브에 훨씬 더 많은 시간을 들였다. 아무도 밸브를 기억하지 않겠지만, 밸브 하나가 고장
난 날은 모두가 기억하리라는 것을 알고 있었기 때문이다. 그래서 절차를 적고, 사막에서 시험하고, 절반을 버리고, 나머지를 다시 시험했다.`,
  Arabic: `القاعدة القمرية هي قبل كل شيء مسألة أنابيب. يجب العثور على الجليد وإذابته وتنقيته وتحليله وتخزينه ثم تنقيته من جديد، وكل لتر يتسرب لا بد
من رفعه من بئر جاذبية عمقها أربعمئة ألف كيلومتر. أمضى مصممو المحطة الأولى وقتا أطول بكثير مع الصمامات منه مع الصواريخ، فقد كانوا يعلمون أن
أحدا لن يتذكر الصمامات، لكن الجميع سيتذكرون اليوم الذي يتعطل فيه أحدها. لذلك كتبوا الإجراءات واختبروها في الصحراء ورموا نصفها.`,
  Hindi: `चंद्रमा पर बना अड्डा सबसे पहले पाइपों की समस्या है। बर्फ को खोजना, पिघलाना, साफ करना, तोड़ना, जमा करना और फिर से साफ करना पड़ता है, और जो भी
लीटर रिस जाता है उसे चार लाख किलोमीटर गहरे गुरुत्वाकर्षण के कुएँ से ऊपर लाना पड़ता है। पहले स्टेशन की योजना बनाने वालों ने रॉकेटों से कहीं अधिक समय
वाल्वों पर लगाया। वे जानते थे कि वाल्व किसी को याद नहीं रहेंगे, लेकिन जिस दिन कोई वाल्व खराब होगा वह दिन सबको याद रहेगा।`,
  Thai: `ฐานบนดวงจันทร์เป็นเรื่องของท่อน้ำก่อนสิ่งอื่นใด ต้องหาน้ำแข็ง ละลาย ทำให้สะอาด แยกออก เก็บไว้ แล้วทำให้สะอาดอีกครั้ง น้ำทุกลิตรที่รั่วไหลต้องยกขึ้นมาจาก
บ่อแรงโน้มถ่วงที่ลึกสี่แสนกิโลเมตร ผู้ที่วางแผนสถานีแห่งแรกใช้เวลากับวาล์วมากกว่ากับจรวดมาก พวกเขารู้ว่าจะไม่มีใครจำวาล์วได้ แต่ทุกคนจะจำวันที่วาล์วตัวหนึ่งเสีย`,
}
