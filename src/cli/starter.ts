/** What `bit init` writes: a pipeline that needs nothing but Python, and data for it. */
export function starterFiles(): readonly { readonly path: string; readonly text: string }[] {
  const wells = ['A1', 'A2', 'B1'];
  const times = [1, 2, 3];
  return [
    { path: 'spots.bit', text: pipeline },
    ...wells.flatMap((well, row) =>
      times.map((time) => ({ path: `data/${well}_t${time}.csv`, text: spotTable({ row, time }) })),
    ),
  ];
}

const pipeline = `/// Counts bright spots in every well and time point: a first pipeline, to change into yours.

edition 1

params {
  /// One table of spots for each well and time point.
  spots: Dataset<Table> = files("data/{well}_t{time:Int}.csv")
  /// Spots dimmer than this are left out.
  threshold: Float in 0.0.. = 100.0
}

process bright_spots {
  /// Keeps the bright spots of one table and counts them.
  input {
    spots: Table(columns: { intensity: Float })
    threshold: Float
  }
  output {
    table: Table = "bright.csv"
    count: Int = "count.json"
  }
  script python """
    import csv, json
    from bitflow import task

    with open(task.input.spots, newline="") as file:
        reader = csv.DictReader(file)
        bright = [row for row in reader if float(row["intensity"]) >= task.input.threshold]

    with open(task.output.table, "w", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames)
        writer.writeheader()
        writer.writerows(bright)

    with open(task.output.count, "w") as file:
        json.dump(len(bright), file)
  """
}

workflow {
  let bright = bright_spots(params.spots, threshold: params.threshold)

  publish bright.table  to "bright/{well}_t{time:02}.csv"
  publish table(bright) to "counts.csv" as counts
}
`;

/** Made by a rule, so that the same spots come out everywhere. */
function spotTable(of: { readonly row: number; readonly time: number }): string {
  const spots = Array.from({ length: 12 }, (_, index) => {
    const seed = (of.row * 31 + of.time * 17 + index * 53) % 97;
    return `${index + 1},${(seed * 5.3).toFixed(1)},${(((seed * 29) % 97) * 5.1).toFixed(1)},${(seed * 2.2 + of.time * 12).toFixed(1)}`;
  });
  return ['spot,x,y,intensity', ...spots, ''].join('\n');
}
