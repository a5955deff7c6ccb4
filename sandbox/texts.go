package sandbox

// What the population says. All of it was written for this file.

// topic is something to talk about.
type topic struct {
	name    string
	tags    []string
	handles []string
	bios    []string
	posts   []string
}

// languages are dealt out to the population in turn.
var languages = []string{"en", "en", "es", "en", "en", "zh", "en", "en", "en", "ja", "en", "en", "de", "en", "en"}

// slots are the words that make two uses of a sentence differ; {number} is
// drawn, and {author} and {subject} are given.
var slots = map[string][]string{
	"color":    {"rust", "slate blue", "moss green", "ochre", "bone white", "deep violet", "salmon", "graphite", "pale gold", "teal"},
	"hour":     {"at dawn", "before breakfast", "around noon", "at tea time", "just after sunset", "at two in the night", "on the last tram"},
	"weather":  {"in the drizzle", "under a clear sky", "in thick fog", "with the first frost", "in a warm wind", "after the storm"},
	"place":    {"by the canal", "behind the station", "on the roof", "in the old quarry", "at the ferry pier", "under the viaduct", "in the stairwell", "at the allotment"},
	"material": {"rag paper", "kraft card", "birch ply", "tracing paper", "linen", "slate", "recycled felt", "blackened steel"},
	"mood":     {"stubborn", "quiet", "restless", "patient", "lopsided", "cheerful", "solemn"},
	"span":     {"an hour", "a whole evening", "three days", "two weeks", "most of a winter", "one long train ride"},
}

var topics = []topic{
	{
		name: "generative art", tags: []string{"generativeart", "creativecoding", "aiart", "noise"},
		handles: []string{"contour_lab", "field_lines", "seed_and_grid", "voronoi_vera", "noise_garden"},
		bios:    []string{"One seed a day, most of them failures worth looking at.", "Rules first, pictures second."},
		posts: []string{
			"Seed {number} again: the curl noise bends around empty space as if something {mood} were standing there.",
			"Removed the randomness from this sketch and it got livelier. All the variety now comes from one prime, {number}.",
			"Flow field on {material}, {number} thousand strokes, every one stopped before it could touch a neighbour.",
			"What I keep learning: the palette decides. Same code in {color} is a map, in {color} it is weather.",
			"Packed circles until there was no room left, then deleted every third. The gaps are the drawing.",
			"The bug that drew only the shadows of the triangles stays in. It took {span} to find and one second to forgive.",
			"Reaction diffusion at half speed looks like lichen; at double speed like an argument.",
			"Tonight's rule: a line may turn only where another line has already been. It wrote a city {hour}.",
		},
	},
	{
		name: "plotters", tags: []string{"plotter", "plottertwitter", "penplotter", "linework"},
		handles: []string{"pen_and_servo", "slow_ink", "hatch_marks", "axis_of_ink", "paper_feed"},
		bios:    []string{"A machine that draws slower than I do.", "Ink, gravity and a stepper motor."},
		posts: []string{
			"The pen ran dry {number} minutes before the end and the fade is the best part of the sheet.",
			"Hatching at {number} degrees hides the backlash of a cheap belt. Nobody has to know, except now you do.",
			"Four passes of {color} gel pen on {material}. The overlaps buckle a little, like a page that was cried on.",
			"Sorted the paths so that the pen travels less: {span} became a coffee break. The travelling salesman sends his regards.",
			"I plot the frame last. If the paper slipped, the frame admits it.",
			"Fountain pen in a 3D printed holder, speed down to a crawl: the line swells in the curves like handwriting.",
			"A wall plotter {place} drew with wet chalk until the rain edited it.",
			"Question for the pen people: do you re-ink between layers or let the {color} starve on purpose?",
		},
	},
	{
		name: "ambient music", tags: []string{"ambient", "drone", "modularsynth", "tapeloop"},
		handles: []string{"long_decay", "tape_weather", "low_pass_lou", "slow_attack", "hum_atlas"},
		bios:    []string{"Two notes and enough room.", "Tape hiss is an instrument with one dynamic."},
		posts: []string{
			"Three tape loops of {number}, 19 and 23 seconds. They meet again some time next spring.",
			"Recorded one held chord {hour} and then took away everything that wanted to be a melody.",
			"The reverb tail is {span} long on paper. In the room you stop hearing it when a bus goes by.",
			"Tuned the drone to the fridge. It is the only one in this house that never goes flat.",
			"A filter opening over nine minutes is a plot twist if nothing else happens.",
			"Mixed the record on a phone speaker {place}. If the bass survives there, it survives.",
			"Left the mistake at minute {number}: the cat crossing the keyboard modulates better than I do.",
			"Patch notes: one oscillator, one {mood} envelope, and a delay that forgets a little more each time.",
		},
	},
	{
		name: "field recording", tags: []string{"fieldrecording", "soundscape", "phonography", "listening"},
		handles: []string{"wind_muff", "quiet_hours_fm", "contact_mic_mo", "tide_recorder", "ear_to_ground"},
		bios:    []string{"I hold still so that you can hear it.", "Collecting rooms, one minute each."},
		posts: []string{
			"Contact microphone on a footbridge {place}: every bicycle plays the same low fifth.",
			"{number} minutes of snow falling on a tin lid. You have to want to hear it.",
			"Dawn chorus {weather}. The wren is four times as loud as it has any right to be.",
			"A hydrophone in the pond picked up the beetles arguing. They stop when a heron lands.",
			"Recorded the same corner {hour} for {span}. The city changes key on Sundays.",
			"Wrapped the recorder in {material} against the wind, and now the wind sounds like somebody reading.",
			"The quietest place I found this month was a bank vault; the second quietest was a wood after heavy snow.",
			"Ice on the lake sings when the sun goes. Descending, like a slow laser, then nothing for {number} seconds.",
		},
	},
	{
		name: "type design", tags: []string{"typedesign", "lettering", "typography", "fonts"},
		handles: []string{"ink_trap", "serif_wanderer", "kern_and_away", "ascender_club", "glyph_by_glyph"},
		bios:    []string{"Drawing the white between the letters.", "Currently fighting with the lower-case g."},
		posts: []string{
			"Spent {span} on the spacing of a single pair. It was r and a. It is always r and a.",
			"The ink traps cut for bad paper turn out to be the prettiest part on {material}.",
			"Traced a shop sign {place}: the painter widened the S by hand to fill the board, and he was right.",
			"A typeface for timetables should make {number} and 7 impossible to confuse from a running start.",
			"Italic is not a slope, it is a gait. This one limps a bit, in a {mood} way, and I like it.",
			"Threw out the ampersand for the ninth time. It kept trying to be the main character.",
			"Optical sizes, explained with soup: the same recipe, but you cut the carrots larger for a bigger pot.",
			"Numerals that hang below the line make a table look like a hedge. Sometimes you want a hedge.",
		},
	},
	{
		name: "poetry", tags: []string{"poetry", "smallpoems", "haiku", "writing"},
		handles: []string{"line_break", "ten_syllables", "margin_notes", "enjambed", "half_rhyme"},
		bios:    []string{"Short lines, long walks.", "I count syllables on my fingers like everyone else."},
		posts: []string{
			"the kettle clicks off / and the whole kitchen listens / to what it had said",
			"Cut the last stanza. The poem ended one line before I noticed, {place}, with the door open.",
			"{weather}: a glove on the fence post, waving at nobody in particular, being {mood} about it.",
			"Rule for this week: no adjectives unless they cost me something. {color} is allowed on Fridays.",
			"night bus, {number} stops / everyone carrying home / a different dark",
			"Read it aloud to the ferns. They did not object to the middle, so the middle stays.",
			"A villanelle about a vending machine, because something has to return exactly what you asked for.",
			"first frost on the bench / somebody sat here to write / and then thought again",
		},
	},
	{
		name: "retro computing", tags: []string{"retrocomputing", "8bit", "demoscene", "vintagecomputers"},
		handles: []string{"sector_zero", "raster_beam", "floppy_forest", "cycle_counter", "rom_reader"},
		bios:    []string{"64 kilobytes ought to be a nice evening.", "Keeping old capacitors company."},
		posts: []string{
			"Fitted a scroller into {number} bytes by letting the music routine and the sine table share a page.",
			"Belt replaced, heads cleaned with patience: the tape loads on the third try, as is tradition.",
			"The case has gone {color} in the sun except under the badge. I am leaving it; that is its tan.",
			"Found a hand-drawn memory map inside a manual. Somebody had saved {number} bytes and signed it.",
			"Cycle counting is meditation with a deadline every 63 cycles.",
			"Recapped the power supply {hour}. The smell of success is the absence of a smell.",
			"An assembler that fits beside the program it assembles is a tidy kind of vertigo.",
			"Wrote a terminal for a machine older than my hosting company. It scrolls {mood} and proud.",
		},
	},
	{
		name: "botany", tags: []string{"botany", "gardening", "seedsaving", "moss"},
		handles: []string{"seed_drawer", "moss_clerk", "late_frost", "fern_index", "compost_notes"},
		bios:    []string{"Watching things germinate professionally.", "The slugs and I have an understanding."},
		posts: []string{
			"The beans climbed the washing line {place} and now the shirts have neighbours.",
			"{number} tomato seeds from one fruit, dried on {material}. Labelled this time. I have learned.",
			"Moss on the north side, moss on the south side. So much for navigation; it is simply a good wall.",
			"The fig survived the winter in a coat of leaves and is being {mood} about opening its buds.",
			"Slow find of the week: a fern in a drain, {color} underneath, happier than anything I have planted.",
			"Sowed poppies {hour} so that the birds would not see. The birds saw.",
			"Compost at {number} degrees in the middle. I put my hand in and believed in the sun for a moment.",
			"Cut the lavender after the bees had finished; it took {span} of asking politely.",
		},
	},
	{
		name: "fermentation", tags: []string{"fermentation", "sourdough", "cooking", "pickles"},
		handles: []string{"crumb_shot", "brine_time", "koji_corner", "lid_ajar", "slow_dough"},
		bios:    []string{"Flour, salt, and a good memory for smells.", "I name my jars. They do not answer."},
		posts: []string{
			"The starter doubled in {number} minutes, which means the kitchen is too warm or it has plans.",
			"Plum paste, {span} in the jar: salt first, then smoke, then something like a church.",
			"Held back a third of the water until the dough asked for it. Crumb like a {color} sponge.",
			"Today I burped {number} jars in order of their anger.",
			"Kimchi made {hour} with radish leaves that the market throws away. They are the best part.",
			"Beans, onion, bay, patience. The recipe is mostly leaving it alone.",
			"Koji on barley smells of chestnut by the second night. If it smells of cellar, start over, no drama.",
			"Rye wants to be left {mood} and sticky. Every loaf I tried to tidy came out offended.",
		},
	},
	{
		name: "maps", tags: []string{"maps", "cartography", "openstreetmap", "contours"},
		handles: []string{"hill_shade", "grid_north", "legend_reader", "footpath_nine", "datum_drift"},
		bios:    []string{"Every map is an opinion with a scale bar.", "Walking the edges of the sheet."},
		posts: []string{
			"Walked the parish boundary {weather}: {number} stones, two of them inside a supermarket.",
			"The river moved, the border did not. There is a field {place} that needs a passport.",
			"Hill shading lit from the north-west, because otherwise the valleys stand up. It took a century to admit that.",
			"Redrew the bus network by waiting time rather than distance. The suburbs are now on the moon.",
			"Contour lines in {color} on {material}: the marsh finally looks as {mood} as it feels underfoot.",
			"Found a paper street: it has a name, a postcode, {number} metres of length, and no ground.",
			"A good legend is a promise. Mine has three kinds of path and one kind of regret.",
			"Mapped every bench in the park with its view. It turns out the worst view has the best bench.",
		},
	},
	{
		name: "astronomy", tags: []string{"astronomy", "stargazing", "telescope", "nightsky"},
		handles: []string{"dark_adapted", "parallax_pat", "dobson_diary", "meridian_log", "dust_lane"},
		bios:    []string{"Cold hands, clear skies.", "Drawing what the eyepiece shows, not what the posters promise."},
		posts: []string{
			"Saturn {hour}: small, sharp, {mood}. A neighbour looked for {number} seconds and said nothing, correctly.",
			"Stacked {number} frames of the same grey smudge until it agreed to be a galaxy.",
			"The seeing was poor, so I drew the Moon's limb as it boiled. It looks like handwriting.",
			"Light that left before there were telescopes, arriving {place} between two clouds.",
			"Variable star estimate number {number}: it has faded by about as much as my enthusiasm for dew.",
			"Red torch, pencil, {material}. I remember what I draw; I forget what I photograph.",
			"The space station passed {weather} and for four minutes the whole street looked the same way.",
			"Collimated the mirror after {span} of excuses. The stars are points again, and I have no one to blame.",
		},
	},
	{
		name: "tooling", tags: []string{"golang", "devtools", "cli", "opensource"},
		handles: []string{"early_return", "small_diff", "table_test", "zero_value", "pipe_fitter"},
		bios:    []string{"I like programs that end.", "Fewer flags, better defaults."},
		posts: []string{
			"Deleted {number} lines and one interface. Nothing that mattered noticed.",
			"The flaky test was not flaky, it was right {number} percent of the time about a race we had.",
			"An error message should say what to do next. Ours now names the file, the line and the fix.",
			"Wrote the table test first and the fourth row designed the function for me.",
			"Profiling before breakfast: the slow part was the log line that said how fast we were.",
			"Three tools in a pipe, each under {number} hundred lines, did the job of the framework we were choosing for {span}.",
			"Renamed the variable from data to invoice and found the bug in the same commit.",
			"Today's release note is one sentence long, {mood}, and true. I am prouder of it than of the code.",
		},
	},
}
