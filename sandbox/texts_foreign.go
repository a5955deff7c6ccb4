package sandbox

// foreign are the posts of those who do not write in English, by language and
// topic.
var foreign = map[string]map[string][]string{
	"es": {
		"generative art": {
			"Semilla {number}: las líneas se apartan unas de otras con mucha educación. #generativeart",
			"Le quité el azar al dibujo y se volvió más travieso. #creativecoding",
			"Llené la hoja de círculos y borré los que se sentían cómodos. #generativeart",
		},
		"plotters": {
			"Hoy la tinta secó antes que la idea. Mañana pruebo con papel más grueso. #linework #dibujo",
			"La pluma tardó {number} minutos en cruzar la hoja y no se arrepintió ni una vez. #plotter",
			"El plotter dibuja mejor cuando finjo que no lo miro. #penplotter",
		},
		"ambient music": {
			"Un bucle de cinta de {number} segundos y ninguna prisa por terminarlo. #tapeloop #ambient",
			"La nota más baja del disco es la nevera, y afina mejor que yo. #drone",
			"Dejé el acorde solo toda la noche; por la mañana sonaba a azul. #ambient",
		},
		"field recording": {
			"Grabé {number} minutos de lluvia sobre el tejado de zinc: suena a aplauso lejano. #fieldrecording",
			"El ascensor del mercado canta una quinta justa al llegar al tercero. #soundscape",
			"Puse el micrófono dentro de la tetera. El agua tiene más que decir que yo. #fieldrecording",
		},
		"type design": {
			"La eñe nueva lleva el sombrero un poco torcido, como debe ser. #typedesign",
			"Dibujé {number} comas hasta que una pareció una pausa de verdad. #lettering",
			"El cartel de la ferretería tiene una R que ya nadie se atreve a hacer. #typography",
		},
		"poetry": {
			"Quité un verso y el poema respiró. Siempre es el verso que más me gustaba. #poetry",
			"la llave en la puerta / y detrás toda la tarde / sin haber empezado #haiku",
			"Leí el poema al gato. Se fue en el segundo verso, con razón. #poetry",
		},
		"retro computing": {
			"La cinta cargó al tercer intento, como manda la tradición. #retrocomputing",
			"Me sobran {number} bytes y no sé qué hacer con tanto lujo. #8bit",
			"El monitor verde tarda en calentarse, y en ese rato se piensa muy bien. #vintagecomputers",
		},
		"botany": {
			"Las habas han trepado hasta la ventana y ahora miran la tele conmigo. #gardening",
			"El musgo ocupó el escalón del norte sin pedir permiso ni hacer ruido. #moss",
			"Guardé {number} semillas en un sobre y escribí el nombre antes de olvidarlo. #seedsaving",
		},
		"fermentation": {
			"El pan subió despacio, como si leyera el periódico. Corteza perfecta. #sourdough",
			"Abrí el tarro del día {number}: huele a manzana y a paciencia. #fermentation",
			"La col protesta bajo la sal, luego canta. #pickles",
		},
		"maps": {
			"Un mapa de los bancos del barrio, ordenados por la sombra que dan a las cinco. #maps",
			"Caminé el límite del pueblo: {number} mojones y un perro que los conoce todos. #cartography",
			"El río se mudó hace un siglo y el mapa todavía le guarda el sitio. #maps",
		},
		"astronomy": {
			"Júpiter entre dos antenas, {number} minutos, y el vecino preguntando si era un avión. #stargazing",
			"Dibujé la Luna a lápiz; los cráteres salen mejor con frío en los dedos. #astronomy",
			"Apagué la linterna y tardé una canción en ver la Vía Láctea. #nightsky",
		},
		"tooling": {
			"Borré {number} líneas y el programa me dio las gracias arrancando antes. #devtools",
			"El error ahora dice qué hacer. Nadie ha vuelto a preguntarme. #cli",
			"Escribí primero la prueba y la función se diseñó sola. #golang",
		},
	},
	"zh": {
		"generative art": {
			"今天的线条画了{number}遍，最后一遍才学会停下来。 #generativeart",
			"去掉随机数之后，画面反而更调皮了。 #creativecoding",
			"圆圈填满了整张纸，我擦掉了最舒服的那几个。 #generativeart",
		},
		"plotters": {
			"笔走了{number}分钟，墨水用完的地方最好看。 #plotter",
			"换了一张厚纸，机器画得像在散步。 #penplotter",
			"先画边框还是后画边框，我和绘图机意见不同。 #linework",
		},
		"ambient music": {
			"一个和弦放了一整夜，早上它变成了蓝色。 #ambient",
			"磁带循环{number}秒，谁也不急着结束。 #tapeloop",
			"冰箱的嗡嗡声正好是降B，我就跟着它调音。 #drone",
		},
		"field recording": {
			"清晨在河边录音，船还没来，雾先响了。 #fieldrecording",
			"把话筒放进竹林，{number}分钟里只有风在排练。 #soundscape",
			"旧电梯到三楼会唱一个纯五度。 #fieldrecording",
		},
		"type design": {
			"写了{number}个永字，第一笔还是最难。 #lettering",
			"招牌上那一捺拖得很长，像不肯回家的人。 #typography",
			"标点也要呼吸，今天给逗号让出了半格。 #typedesign",
		},
		"poetry": {
			"删掉一行诗，屋子忽然安静了。 #poetry",
			"夜车过桥／每扇窗里／一盏不同的灯 #haiku",
			"把诗念给窗外的雨听，雨没有意见。 #poetry",
		},
		"retro computing": {
			"老机器读了三次磁带，第三次成功，传统就是这样。 #retrocomputing",
			"省下{number}个字节，不知道该怎么花。 #8bit",
			"绿色屏幕慢慢亮起来，等的时候最会想事情。 #vintagecomputers",
		},
		"botany": {
			"苔藓不着急，我向它学习了一个下午。 #moss #botany",
			"豆苗爬上窗台，现在和我一起看电视。 #gardening",
			"收了{number}粒种子，这次记得写名字了。 #seedsaving",
		},
		"fermentation": {
			"新做的泡菜第{number}天，酸味刚刚醒。 #fermentation",
			"面团慢慢长高，好像在看报纸。 #sourdough",
			"揭开坛子，先闻到苹果，再闻到耐心。 #pickles",
		},
		"maps": {
			"把地图上的旧路描了一遍，脚也跟着想起来了。 #maps",
			"沿着村界走，数到{number}块界石，一块在超市里。 #cartography",
			"河早就搬走了，地图还替它留着位置。 #maps",
		},
		"astronomy": {
			"望远镜里的月亮像一封没写完的信。 #astronomy",
			"木星停在两根天线之间，看了{number}分钟。 #stargazing",
			"关掉手电，一首歌的时间之后银河才出来。 #nightsky",
		},
		"tooling": {
			"删了{number}行代码，没有人发现，这就是最好的评价。 #devtools",
			"报错信息现在会说下一步做什么，没人再来问我了。 #cli",
			"先写测试，函数自己长成了样子。 #golang",
		},
	},
	"ja": {
		"generative art": {
			"乱数を外したら、絵のほうがいたずらになりました。 #generativeart",
			"種{number}番。線と線がおたがいに遠慮しています。 #creativecoding",
			"円で埋めた紙から、居心地のよさそうな円だけ消しました。 #generativeart",
		},
		"plotters": {
			"ペンのインクが切れたところが、いちばんきれいな線になりました。 #plotter",
			"{number}分かけて一本の線。機械は急ぎません。 #penplotter",
			"厚い紙に替えたら、プロッターの音が散歩みたいです。 #linework",
		},
		"ambient music": {
			"同じ和音を一晩のばして、朝には少し青くなった。 #ambient",
			"テープループ{number}秒。終わらせる理由が見つかりません。 #tapeloop",
			"冷蔵庫の音に合わせて調律しました。いちばん正確なので。 #drone",
		},
		"field recording": {
			"雨の音を{number}分録音。傘の下だけ別の部屋みたいでした。 #fieldrecording",
			"踏切が鳴りやんだあとの静けさを録りました。 #soundscape",
			"やかんの中にマイク。水のほうがよく話します。 #fieldrecording",
		},
		"type design": {
			"古い看板の文字をなぞると、書いた人の息継ぎがわかる。 #lettering",
			"「の」を{number}回書いて、まだ丸くなりすぎます。 #typedesign",
			"読点に半角ぶんの息を足しました。 #typography",
		},
		"poetry": {
			"一行消したら、部屋が静かになりました。 #poetry",
			"終電の／窓の数だけ／ちがう夜 #haiku",
			"詩を猫に読んだら、二行目で出ていきました。 #poetry",
		},
		"retro computing": {
			"テープは三度目で読めました。伝統です。 #retrocomputing",
			"{number}バイト余りました。ぜいたくの使い道に困ります。 #8bit",
			"緑の画面が温まるまでが、いちばん考えごとに向いています。 #vintagecomputers",
		},
		"botany": {
			"種をまいて三日、土はまだ何も言わない。 #gardening",
			"苔が北の段を一段、静かにもらっていきました。 #moss",
			"種を{number}粒、名前を書いた封筒へ。今年は忘れません。 #seedsaving",
		},
		"fermentation": {
			"ぬか床が今日は機嫌よし。きゅうり{number}本、預けました。 #fermentation",
			"パン生地が新聞を読むみたいにゆっくりふくらみます。 #sourdough",
			"梅の瓶を開けると、まず塩、それから煙の匂い。 #pickles",
		},
		"maps": {
			"町のベンチの地図。五時の日陰の順に並べました。 #maps",
			"境界石を{number}個数えて歩く。ひとつは店の中でした。 #cartography",
			"川は引っ越したのに、地図はまだ席を空けています。 #maps",
		},
		"astronomy": {
			"土星の輪、今夜は紙で切ったように細い。 #stargazing",
			"木星を{number}分。隣の人は飛行機かと聞きました。 #astronomy",
			"懐中電灯を消して一曲ぶん待つと、天の川。 #nightsky",
		},
		"tooling": {
			"小さな道具を書き直したら、説明書が半分で済んだ。 #devtools",
			"{number}行消して、だれも気づきません。ほめ言葉です。 #golang",
			"エラー文に次の一手を書いたら、質問が来なくなりました。 #cli",
		},
	},
	"de": {
		"generative art": {
			"Startwert {number}: Die Linien weichen einander sehr höflich aus. #generativeart",
			"Den Zufall herausgenommen, und das Bild wurde frecher. #creativecoding",
			"Das Blatt mit Kreisen gefüllt und die gemütlichsten gelöscht. #generativeart",
		},
		"plotters": {
			"Der Plotter hat {number} Minuten lang nur Schatten gezeichnet. Ich habe ihn gelassen. #plotter",
			"Wo die Tinte ausging, ist die Linie am schönsten. #penplotter",
			"Erst der Rahmen oder zuletzt der Rahmen: Wir sind uns nicht einig, die Maschine und ich. #linework",
		},
		"ambient music": {
			"Ein Akkord, eine ganze Nacht. Gegen Morgen war er blau. #ambient",
			"Bandschleife von {number} Sekunden, niemand hat es eilig. #tapeloop",
			"Den Bass nach dem Kühlschrank gestimmt, er trifft am besten. #drone",
		},
		"field recording": {
			"Im Treppenhaus aufgenommen: eine Tür, ein Seufzer, noch eine Tür. #fieldrecording #soundscape",
			"Der Aufzug singt im dritten Stock eine reine Quinte. #soundscape",
			"{number} Minuten Regen auf Blech, klingt wie Applaus von weit her. #fieldrecording",
		},
		"type design": {
			"Das kleine g ist fertig. Morgen gefällt es mir wieder nicht. #typedesign",
			"{number} Kommas gezeichnet, eines davon ist wirklich eine Pause. #lettering",
			"Das scharfe S am Bahnhof lehnt sich an wie jemand, der wartet. #typography",
		},
		"poetry": {
			"Eine Zeile gestrichen, und das Gedicht atmet. Es war meine liebste. #poetry",
			"der Schlüssel im Schloss / dahinter ein ganzer Abend / noch ungebraucht #haiku",
			"Dem Farn vorgelesen. Er blieb bis zum Schluss. #poetry",
		},
		"retro computing": {
			"Das Diskettenlaufwerk klingt wieder wie ein zufriedener Specht. #retrocomputing",
			"{number} Byte übrig, und kein Plan für so viel Luxus. #8bit",
			"Bis der grüne Schirm warm ist, denkt es sich am besten. #vintagecomputers",
		},
		"botany": {
			"Nebel über dem Beet, und mittendrin hustet die Gartenschere. #gardening",
			"Das Moos hat sich die Nordstufe genommen, ganz ohne Lärm. #moss",
			"{number} Samen im Umschlag, diesmal mit Namen darauf. #seedsaving",
		},
		"fermentation": {
			"Sauerteig Tag {number}: er riecht nach Apfel und ein wenig nach Trotz. #sourdough",
			"Das Kraut murrt unter dem Salz, dann singt es. #pickles",
			"Das Brot ging auf, als läse es nebenbei Zeitung. #fermentation",
		},
		"maps": {
			"Die Grenzsteine gezählt, {number} Stück, einer stand im Kaninchenstall. #cartography",
			"Der Fluss ist umgezogen, die Karte hält ihm den Platz frei. #maps",
			"Eine Karte aller Bänke, sortiert nach dem Schatten um fünf. #maps",
		},
		"astronomy": {
			"Eine Stunde Jupiter, kalte Füße, kein Wort zu viel. #astronomy",
			"Lampe aus, ein Lied lang gewartet, dann die Milchstraße. #nightsky",
			"Den Mond gezeichnet, {number} Krater und ein Kaffeefleck, der passt. #stargazing",
		},
		"tooling": {
			"{number} Zeilen gelöscht, niemand hat es gemerkt. Das beste Lob. #devtools",
			"Die Fehlermeldung sagt jetzt, was zu tun ist. Seither fragt keiner mehr. #cli",
			"Erst den Test geschrieben, dann entwarf sich die Funktion von selbst. #golang",
		},
	},
}
