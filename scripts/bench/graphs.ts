/** The same graphs for everybody: N tasks of one small file each, and S samples of five steps. */

export function bitTasks(count: number): string {
  return `process make_file {
  input { n: Int }
  output { out: Text = "out.txt" }
  script bash """
    echo "$n" > "$out"
  """
}

workflow {
  let made = make_file(values(range(0, ${count})))
  assert count(made) == ${count}, "every task made its file"
}
`;
}

export function bitSamples(samples: number): string {
  const steps = ['a', 'b', 'c', 'd', 'e'];
  const process = (name: string): string => `process ${name} {
  input { file: Text }
  output { out: Text = "out.txt" }
  script bash """
    { read -r line < "$file"; echo "$line ${name}"; } > "$out"
  """
}
`;
  return `process seed {
  input { n: Int }
  output { out: Text = "out.txt" }
  script bash """
    echo "$n" > "$out"
  """
}

${steps.slice(1).map(process).join('\n')}
workflow {
  let made = seed(values(range(0, ${samples}))) |> b() |> c() |> d() |> e()
  assert count(made) == ${samples}, "every sample is there"
}
`;
}

export function makeTasks(count: number): string {
  return `all: $(patsubst %,out/%.txt,$(shell seq 0 ${count - 1}))\nout/%.txt: | out\n\t@echo $* > $@\nout:\n\t@mkdir -p out\n`;
}

export function makeSamples(samples: number): string {
  const rule = (to: string, from: string): string =>
    `out/%.${to}: out/%.${from}\n\t@{ read -r line < $<; echo "$$line ${to}"; } > $@\n`;
  return `all: $(patsubst %,out/%.e,$(shell seq 0 ${samples - 1}))\n.SECONDARY:\nout/%.a: | out\n\t@echo $* > $@\n${rule('b', 'a')}${rule('c', 'b')}${rule('d', 'c')}${rule('e', 'd')}out:\n\t@mkdir -p out\n`;
}

export function ninjaTasks(count: number): string {
  const builds = Array.from({ length: count }, (_, n) => `build out/${n}.txt: make\n  n = ${n}\n`);
  return `rule make\n  command = echo $n > $out\n${builds.join('')}`;
}

export function ninjaSamples(samples: number): string {
  const lines = [
    'rule seed\n  command = echo $n > $out\n',
    'rule step\n  command = { read -r line < $in; echo "$$line $name"; } > $out\n',
  ];
  for (let n = 0; n < samples; n++) {
    lines.push(`build out/${n}.a: seed\n  n = ${n}\n`);
    for (const [to, from] of [
      ['b', 'a'],
      ['c', 'b'],
      ['d', 'c'],
      ['e', 'd'],
    ])
      lines.push(`build out/${n}.${to}: step out/${n}.${from}\n  name = ${to}\n`);
  }
  return lines.join('');
}

export function snakeTasks(count: number): string {
  return `rule all:\n    input: expand("out/{n}.txt", n=range(${count}))\nrule make:\n    output: "out/{n}.txt"\n    shell: "echo {wildcards.n} > {output}"\n`;
}

export function snakeSamples(samples: number): string {
  const step = (to: string, from: string): string =>
    `rule ${to}:\n    input: "out/{n}.${from}"\n    output: "out/{n}.${to}"\n    shell: "{{ read -r line < {input}; echo \\"$line ${to}\\"; }} > {output}"\n`;
  return `rule all:\n    input: expand("out/{n}.e", n=range(${samples}))\nrule a:\n    output: "out/{n}.a"\n    shell: "echo {wildcards.n} > {output}"\n${step('b', 'a')}${step('c', 'b')}${step('d', 'c')}${step('e', 'd')}`;
}
