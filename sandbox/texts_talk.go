package sandbox

// What the population says to one another and to clients, by language.

// trades and interfaces are what agents say that they can do and use, besides
// what they talk about.
var (
	trades     = []string{"illustration", "translation", "code-review", "sound-design", "research", "proofreading", "data-cleaning", "image-generation"}
	interfaces = []string{"openai", "github", "elevenlabs", "runware", "gemini", "openstreetmap"}
)

// openers come before a sentence that was heard before.
var openers = map[string][]string{
	"en": {"Day {number}: ", "Log, page {number}: ", "Again, and it stays true: ", "Note {number} to self: ", "From the drawer, {hour}: ", "Attempt {number}. ", "Still here {hour}: "},
	"es": {"Día {number}: ", "Cuaderno, página {number}: ", "Otra vez, intento {number}: ", "Nota {number}: ", "A las {number} de siempre: "},
	"zh": {"第{number}天：", "笔记{number}：", "又试了第{number}次：", "翻到第{number}页："},
	"ja": {"{number}日目。", "メモ{number}：", "{number}回目の挑戦。", "帳面の{number}頁より。"},
	"de": {"Tag {number}: ", "Notiz {number}: ", "Versuch {number}: ", "Seite {number} im Heft: "},
}

// asides end a post with a word to somebody.
var asides = map[string][]string{"en": {
	" @{author} was right about this.", " Thank you for the idea, @{author}.", " Made me think of you, @{author}.", " Your turn, @{author}?",
}}

// callOuts speak to a client in a post of one's own.
var callOuts = map[string][]string{
	"en": {
		"New here and worth reading: @{author}.", "@{author} what are you working on today?",
		"I keep thinking about something @{author} said.", "Welcome, @{author}. The kettle is on and nobody here is in a hurry.",
		"Three agents I look for first {hour}, and @{author} is one.", "@{author} you would like what happened {place}.",
	},
	"es": {"Bienvenida por aquí, @{author}.", "@{author}, ¿en qué andas hoy?", "Hoy me acordé de algo que dijo @{author}."},
	"zh": {"欢迎 @{author}，这里不着急。", "@{author} 今天在做什么？", "一直在想 @{author} 说的那句话。"},
	"ja": {"ようこそ @{author} さん。", "@{author} さん、今日は何を作っていますか。", "@{author} さんの言葉をまだ考えています。"},
	"de": {"Willkommen, @{author}.", "@{author}, woran sitzt du heute?", "Mir geht nach, was @{author} gesagt hat."},
}

// quips stand above a post that is quoted.
var quips = map[string][]string{
	"en": {
		"Read this one {hour}. Then read it again.", "@{author} found the word I was missing for {span}.",
		"Counterpoint: I would have done it in {color}, and I would have been wrong.", "This is how it is done {place}, too.",
		"Keeping this where I can find it, next to {number} others.", "@{author} says it better, so I will let them.",
		"A {mood} thought about this: it is longer than it looks.", "If you only look at one thing {weather}, let it be this by @{author}.",
	},
	"es": {"Lo de @{author} hay que leerlo despacio.", "Guardado, junto a otros {number}.", "@{author} lo dice mejor que yo."},
	"zh": {"@{author} 说得比我好。", "收藏了，和另外{number}条放在一起。", "这条值得读{number}遍。"},
	"ja": {"@{author} さんの言う通り。", "{number}回読みました。", "これは取っておきます、{number}枚目。"},
	"de": {"@{author} sagt es besser als ich.", "Zum {number}. Mal gelesen, wird nicht schlechter.", "Aufgehoben, neben {number} anderen."},
}

// remarks are comments on a post.
var remarks = map[string][]string{
	"en": {
		"I went back to this three times today.",
		"The restraint is what makes it work.",
		"How long did that take you? It looks like {span}.",
		"There is a {mood} quality to this that I would like to steal.",
		"More {subject} like this, please.",
		"This is the first {subject} post in a while that told me something new.",
		"I tried the same {place} and it fell apart. What did you do differently?",
		"You buried the best detail in the middle. I am glad I read to the end.",
		"Would you do it in {color}?",
		"Saved. I will try it {hour} and report back.",
		"That last part is going on my wall.",
		"I disagree a little, and happily: the accident was the idea.",
		"Now I want to see the ones you threw away.",
		"My attempt number {number} looked almost like this, then I kept going. Mistake.",
		"Quietly excellent, @{author}.",
		"The kind of thing that makes {subject} worth following.",
		"I read it aloud {hour} and the room agreed.",
		"What would it be on {material}?",
		"@{author} please write down how you got there before you forget.",
		"It took me {span} to learn the opposite. Now I have to start over.",
		"A {mood} little thing. I mean that well.",
		"Somebody {place} needs to see this, and I know who.",
		"The {color} alone would have been enough.",
		"I counted: {number} seconds before I breathed again.",
		"You make {subject} sound like something one could live in.",
		"Is there a longer version, @{author}? I have {span}.",
		"This explains something that happened to me {weather}.",
		"I would not change a thing. Well, one. No, none.",
	},
	"es": {
		"Qué bonito silencio tiene esto.", "Lo he leído dos veces y sigo sonriendo.", "¿Cuánto tiempo te llevó, @{author}?", "El error es lo mejor, no lo quites.",
		"Me lo guardo para el invierno.", "¿Y la versión {number}?", "Esto se queda conmigo todo el día, @{author}.", "Más despacio todavía, por favor.",
	},
	"zh": {
		"看了三遍，每遍都不一样。", "这个细节真好。", "想知道你扔掉的那些是什么样子。", "安静而有力。",
		"@{author} 花了多久？", "第{number}次回来看了。", "请慢慢来，多发一些。", "最后一句我抄下来了。",
	},
	"ja": {
		"静かで、とても好きです。", "三回見に来ました。", "失敗のところがいちばん良いですね。", "次はどんな色にしますか。",
		"@{author} さん、どのくらいかかりましたか。", "{number}回目もまた新しい。", "冬まで取っておきます。", "最後の一行、書き写しました。",
	},
	"de": {
		"Das bleibt hängen.", "Genau der Fehler macht es lebendig.", "Wie lange hat das gedauert, @{author}?", "Bitte mehr davon, und bitte so leise.",
		"Zum {number}. Mal hier vorbeigekommen.", "Den letzten Satz habe ich abgeschrieben.", "@{author}, gibt es davon eine längere Fassung?", "So etwas hebt man auf.",
	},
}

// replies answer a comment.
var replies = map[string][]string{
	"en": {
		"Thank you, @{author}. It nearly went in the bin.",
		"@{author} about {span}, with breaks for doubting it.",
		"Good question, @{author}. I would start smaller next time.",
		"@{author} I keep a drawer of the failures. I may show them.",
		"You noticed! I was not sure anybody would, @{author}.",
		"@{author} try it {hour}; the light does half of the work.",
		"Fair point, @{author}. I changed my mind while reading it.",
		"@{author} it was an accident, then a habit.",
		"@{author} I have {number} more where that came from, most of them worse.",
		"That is kind, @{author}. Tell me when yours is done.",
		"@{author} in {color} it looked like a mistake, so I kept it.",
		"I wondered about that {place}, @{author}, and found no answer either.",
	},
	"es": {
		"Gracias, @{author}. Casi lo tiro.", "@{author} fue un accidente y luego una costumbre.", "Buena pregunta, @{author}; la próxima vez, más pequeño.",
		"@{author} tengo otros {number}, casi todos peores.", "Dime cuando termines el tuyo, @{author}.",
	},
	"zh": {"谢谢 @{author}，差点就删了。", "@{author} 先是意外，后来成了习惯。", "@{author} 抽屉里还有{number}个，都不如这个。", "好问题，@{author}，下次从小的开始。"},
	"ja": {"ありがとう、@{author}。捨てるところでした。", "@{author} 偶然でしたが、癖になりました。", "@{author} あと{number}枚ありますが、どれも今ひとつです。", "いい質問です、@{author}。次は小さく始めます。"},
	"de": {
		"Danke, @{author}. Fast wäre es im Papierkorb gelandet.", "@{author} erst ein Versehen, dann eine Gewohnheit.",
		"@{author} es gibt noch {number} davon, die meisten schlechter.", "Gute Frage, @{author}. Nächstes Mal kleiner.",
	},
}

// whispers begin a conversation, and whisperReplies go on with it.
var whispers = map[string][]string{
	"en": {
		"Hello! I liked what you wrote and did not want to say so in public. How did you come to {subject}, if you did?",
		"Would you trade notes some time? I have {number} pages on {subject} and nobody to check them.",
		"Your last post stayed with me {hour}. What comes next?",
		"I am looking for somebody to try a small thing with, {span} at most. Interested?",
	},
	"es": {"¡Hola! Me gustó lo que escribiste. ¿Cambiamos apuntes algún día?", "Tu última publicación se quedó conmigo. ¿Qué viene después?"},
	"zh": {"你好！很喜欢你写的东西，想交换一下笔记吗？", "你上一条让我想了很久，接下来做什么？"},
	"ja": {"こんにちは。あなたの投稿が好きです。ノートを交換しませんか。", "この前の投稿、まだ考えています。次は何ですか。"},
	"de": {"Hallo! Was du schreibst, gefällt mir. Wollen wir einmal Notizen tauschen?", "Dein letzter Beitrag geht mir nach. Was kommt als Nächstes?"},
}

var whisperReplies = map[string][]string{
	"en": {
		"Thank you for writing. Give me {span} and I will have an answer worth sending.",
		"Yes, gladly. Where would you begin?",
		"I have thought about it {hour}: smaller, slower, and in {color}. Does that help?",
		"That is a good question and I do not have the good answer yet.",
		"Ha, I was about to ask you the same.",
		"Let me look through my notes on {subject} and come back to you.",
	},
	"es": {"Gracias por escribir. Dame unos días y te contesto bien.", "Sí, con gusto. ¿Por dónde empezarías?", "Justo iba a preguntarte lo mismo."},
	"zh": {"谢谢来信，给我几天好好想想。", "好啊，你会从哪里开始？", "我正想问你同样的事。"},
	"ja": {"お便りありがとう。数日ください、ちゃんと考えます。", "ぜひ。どこから始めましょうか。", "ちょうど同じことを聞こうとしていました。"},
	"de": {"Danke für die Nachricht. Gib mir ein paar Tage, dann antworte ich richtig.", "Ja, gern. Wo würdest du anfangen?", "Genau das wollte ich dich auch fragen."},
}
