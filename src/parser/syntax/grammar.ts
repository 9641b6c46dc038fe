import { EmbeddedActionsParser, type IOrAlt, type IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import { Builder, withDocs } from './build.ts';
import { expectations } from './expectations.ts';
import type { Piece } from './precedence.ts';
import * as t from './tokens.ts';
import { Token, tokenTypes } from './tokens.ts';

export type Edition = { readonly kind: 'edition'; readonly value: number; readonly span: ast.File['span'] };
export type Item = Edition | ast.Import | ast.Declaration;

type Alternatives<T> = IOrAlt<T>[];
type GroupClauses = { order?: readonly ast.SortKey[]; keep?: readonly ast.Name[]; over?: ast.Expr };

/** Stands for the tokens that do not exist while Chevrotain records the rules. */
const recorded = new Token(t.Identifier, '', { start: 0, end: 0, lineBreak: false });

const unknown: ast.Expr = { kind: 'error', span: { source: { name: '', text: '' }, start: 0, end: 0 } };

function own(token: IToken): Token {
  return token instanceof Token ? token : recorded;
}

/**
 * The grammar of edition 1, with one token of lookahead throughout: which words are keywords and where entries end is settled before it
 * runs (`layout.ts`). The tree is built while reading: a concrete tree in between would be made for every node and serve
 * nothing here. Spans are taken from tokens alone, because sub-rules return nothing while Chevrotain records the grammar.
 *
 * Alternatives of the rules that run most often are fields, so that they are not made anew each time.
 *
 * Every rule throws at the first token that does not fit; what is read again, and how, is `recover.ts`.
 */
export class Grammar extends EmbeddedActionsParser {
  /** Set before each parse. */
  build = new Builder({ name: '', text: '' }, [], new Map());

  constructor(options: { readonly isChecked: boolean }) {
    super([...tokenTypes], {
      maxLookahead: 1,
      recoveryEnabled: false,
      skipValidations: !options.isChecked,
      errorMessageProvider: expectations,
    });
    this.performSelfAnalysis();
  }

  private next(): Token {
    return own(this.LA(1));
  }

  /** The span from a token to the last one read. */
  private from(first: Token): ast.File['span'] {
    return this.build.span(first.startOffset, own(this.LA(0)).end);
  }

  // ------------------------------------------------------------ the file

  readonly file = this.RULE('file', (): Item[] => {
    const items: Item[] = [];
    this.OPTION(() => {
      items.push(this.SUBRULE(this.item));
    });
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => {
        items.push(this.SUBRULE2(this.item));
      });
    });
    return items;
  });

  private readonly itemAlternatives: Alternatives<Item> = [
    { ALT: () => this.SUBRULE(this.process) },
    { ALT: () => this.SUBRULE(this.workflow) },
    { ALT: () => this.SUBRULE(this.params) },
    { ALT: () => this.SUBRULE(this.imports) },
    { ALT: () => this.SUBRULE(this.typeDeclaration) },
    { ALT: () => this.SUBRULE(this.test) },
    { ALT: () => this.SUBRULE(this.edition) },
  ];

  readonly item = this.RULE('item', (): Item => this.OR(this.itemAlternatives));

  readonly edition = this.RULE('edition', (): Edition => {
    const first = own(this.CONSUME(t.Edition));
    const number = own(this.CONSUME(t.NumberLiteral));
    const value = number.value?.kind === 'number' ? Number(number.value.text) : 0;
    return { kind: 'edition', value, span: this.from(first) };
  });

  readonly imports = this.RULE('imports', (): ast.Import => {
    const first = own(this.CONSUME(t.Import));
    return this.OR<Alternatives<ast.Import>>([
      {
        ALT: () => {
          this.CONSUME(t.LBrace);
          const names: { name: ast.Name; alias?: ast.Name }[] = [];
          this.OPTION(() => names.push(this.SUBRULE(this.importedName)));
          this.MANY(() => {
            this.CONSUME(t.End);
            this.OPTION2(() => names.push(this.SUBRULE2(this.importedName)));
          });
          this.CONSUME(t.RBrace);
          this.CONSUME(t.From);
          const from = this.build.plain(own(this.CONSUME(t.StringLiteral)));
          return { kind: 'import-names', names, from, span: this.from(first) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Star);
          this.CONSUME(t.As);
          const alias = this.build.name(own(this.CONSUME(t.Identifier)));
          this.CONSUME2(t.From);
          const from = this.build.plain(own(this.CONSUME2(t.StringLiteral)));
          return { kind: 'import-all', alias, from, span: this.from(first) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Tool);
          const from = this.build.plain(own(this.CONSUME3(t.StringLiteral)));
          this.CONSUME2(t.As);
          const alias = this.build.name(own(this.CONSUME2(t.Identifier)));
          return { kind: 'import-tool', from, alias, span: this.from(first) };
        },
      },
    ]);
  });

  readonly importedName = this.RULE('importedName', (): { name: ast.Name; alias?: ast.Name } => {
    const name = this.build.name(own(this.CONSUME(t.Identifier)));
    const alias = this.OPTION(() => {
      this.CONSUME(t.As);
      return this.build.name(own(this.CONSUME2(t.Identifier)));
    });
    return alias === undefined ? { name } : { name, alias };
  });

  readonly params = this.RULE('params', (): ast.Params => {
    const first = own(this.CONSUME(t.Params));
    const fields = this.SUBRULE(this.fieldBlock);
    return { kind: 'params', fields, span: this.from(first) };
  });

  readonly typeDeclaration = this.RULE('typeDeclaration', (): ast.TypeDeclaration => {
    const first = own(this.CONSUME(t.Type));
    const name = this.build.name(own(this.CONSUME(t.Identifier)));
    this.CONSUME(t.Assign);
    const type = this.SUBRULE(this.type);
    return { kind: 'type', name, ...withDocs(first), type, span: this.from(first) };
  });

  readonly test = this.RULE('test', (): ast.Test => {
    const first = own(this.CONSUME(t.Test));
    const title = this.build.plain(own(this.CONSUME(t.StringLiteral)));
    const body = this.SUBRULE(this.statements);
    return { kind: 'test', title, body, span: this.from(first) };
  });

  // ------------------------------------------------------------ fields

  readonly fieldBlock = this.RULE('fieldBlock', (): ast.Field[] => {
    const fields: ast.Field[] = [];
    this.CONSUME(t.LBrace);
    this.OPTION(() => fields.push(this.SUBRULE(this.field)));
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => fields.push(this.SUBRULE2(this.field)));
    });
    this.CONSUME(t.RBrace);
    return fields;
  });

  readonly field = this.RULE('field', (): ast.Field => {
    const first = own(this.CONSUME(t.Key));
    this.CONSUME(t.Colon);
    const type = this.SUBRULE(this.type);
    const named = this.OPTION(() => this.CONSUME(t.Named)) !== undefined;
    const value = this.OPTION2(() => {
      this.CONSUME(t.Assign);
      return this.SUBRULE(this.expression);
    });
    return {
      name: this.build.name(first),
      type,
      ...withDocs(first),
      ...(named ? { named } : {}),
      ...(value === undefined ? {} : { value }),
      span: this.from(first),
    };
  });

  readonly outputField = this.RULE('outputField', (): ast.OutputField => {
    const first = own(this.CONSUME(t.Key));
    this.CONSUME(t.Colon);
    const many = this.OPTION(() => {
      const word = own(this.CONSUME(t.Many));
      const args = this.OPTION2(() => this.SUBRULE(this.args)) ?? [];
      return { args, span: this.from(word) };
    });
    const type = this.SUBRULE(this.type);
    const value = this.OPTION3(() => {
      this.CONSUME(t.Assign);
      return this.SUBRULE(this.expression);
    });
    return {
      name: this.build.name(first),
      ...withDocs(first),
      ...(many === undefined ? {} : { many }),
      type,
      value: value ?? this.build.missingPath(first),
      span: this.from(first),
    };
  });

  readonly schemaField = this.RULE('schemaField', (): ast.SchemaField => {
    const first = own(this.CONSUME(t.Key));
    this.CONSUME(t.Colon);
    const type = this.SUBRULE(this.type);
    const from = this.OPTION(() => {
      this.CONSUME(t.From);
      return this.build.plain(own(this.CONSUME(t.StringLiteral)));
    });
    const value = this.OPTION2(() => {
      this.CONSUME(t.Assign);
      return this.SUBRULE(this.expression);
    });
    return {
      name: this.build.name(first),
      type,
      ...withDocs(first),
      ...(from === undefined ? {} : { from }),
      ...(value === undefined ? {} : { value }),
      span: this.from(first),
    };
  });

  /** The fields of a record type or schema, after its opening brace, up to and with the closing one. */
  readonly schemaFields = this.RULE('schemaFields', (): ast.SchemaField[] => {
    const fields: ast.SchemaField[] = [];
    this.OPTION(() => fields.push(this.SUBRULE(this.schemaField)));
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => fields.push(this.SUBRULE2(this.schemaField)));
    });
    this.CONSUME(t.RBrace);
    return fields;
  });

  readonly entries = this.RULE('entries', (): ast.Entry[] => {
    const entries: ast.Entry[] = [];
    this.CONSUME(t.LBrace);
    this.OPTION(() => entries.push(this.SUBRULE(this.entry)));
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => entries.push(this.SUBRULE2(this.entry)));
    });
    this.CONSUME(t.RBrace);
    return entries;
  });

  readonly entry = this.RULE('entry', (): ast.Entry => {
    const first = own(this.CONSUME(t.Key));
    this.CONSUME(t.Colon);
    const value = this.SUBRULE(this.expression);
    return { name: this.build.name(first), value, ...withDocs(first), span: this.from(first) };
  });

  // ------------------------------------------------------------ processes

  readonly process = this.RULE('process', (): ast.Process => {
    const first = own(this.CONSUME(t.Process));
    const name = this.build.name(own(this.CONSUME(t.Identifier)));
    const sections: ast.ProcessSection[] = [];
    this.CONSUME(t.LBrace);
    const inner = this.next();
    this.OPTION(() => sections.push(this.SUBRULE(this.section)));
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => sections.push(this.SUBRULE2(this.section)));
    });
    this.CONSUME(t.RBrace);
    return {
      kind: 'process',
      name,
      ...withDocs(first.docs === undefined ? inner : first),
      sections,
      span: this.from(first),
    };
  });

  private readonly sectionAlternatives: Alternatives<ast.ProcessSection> = [
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Input));
        const fields = this.SUBRULE(this.fieldBlock);
        return { kind: 'input', fields, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Output));
        const fields: ast.OutputField[] = [];
        this.CONSUME(t.LBrace);
        this.OPTION(() => fields.push(this.SUBRULE(this.outputField)));
        this.MANY(() => {
          this.CONSUME(t.End);
          this.OPTION2(() => fields.push(this.SUBRULE2(this.outputField)));
        });
        this.CONSUME(t.RBrace);
        return { kind: 'output', fields, span: this.from(first) };
      },
    },
    { ALT: () => this.SUBRULE(this.script) },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Resources));
        const entries = this.SUBRULE(this.entries);
        return { kind: 'resources', entries, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Environment));
        const entries = this.SUBRULE2(this.entries);
        return { kind: 'environment', entries, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Uses));
        const names = this.SUBRULE(this.parenthesised);
        return { kind: 'uses', names, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Files));
        const paths = this.SUBRULE(this.bracketed);
        return { kind: 'files', paths, span: this.from(first) };
      },
    },
    { ALT: () => this.SUBRULE(this.retry) },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.OnError));
        const policy = this.build.name(own(this.CONSUME(t.Identifier)));
        return { kind: 'on_error', policy, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Limit));
        const tasks = this.SUBRULE(this.expression);
        return { kind: 'limit', tasks, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Cache));
        const on = this.build.name(own(this.CONSUME2(t.Identifier)));
        return { kind: 'cache', on, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Label));
        const names = [this.build.name(own(this.CONSUME3(t.Identifier)))];
        this.MANY2(() => {
          this.CONSUME(t.Comma);
          names.push(this.build.name(own(this.CONSUME4(t.Identifier))));
        });
        return { kind: 'label', names, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Exec));
        const argv = this.SUBRULE2(this.expression);
        return { kind: 'exec', argv, span: this.from(first) };
      },
    },
  ];

  readonly section = this.RULE('section', (): ast.ProcessSection => this.OR(this.sectionAlternatives));

  readonly retry = this.RULE('retry', (): ast.ProcessSection => {
    const first = own(this.CONSUME(t.Retry));
    const times = this.SUBRULE(this.expression);
    const on = this.OPTION(() => {
      const causes: ast.RetryCause[] = [];
      this.CONSUME(t.On);
      causes.push(this.SUBRULE(this.retryCause));
      this.MANY(() => {
        this.CONSUME(t.Bar);
        causes.push(this.SUBRULE2(this.retryCause));
      });
      return causes;
    });
    const backoff = this.OPTION2(() => {
      this.CONSUME(t.Backoff);
      return this.SUBRULE2(this.expression);
    });
    return {
      kind: 'retry',
      times,
      ...(on === undefined ? {} : { on }),
      ...(backoff === undefined ? {} : { backoff }),
      span: this.from(first),
    };
  });

  readonly retryCause = this.RULE('retryCause', (): ast.RetryCause => {
    const first = own(this.CONSUME(t.Identifier));
    const codes = this.OPTION(() => this.SUBRULE(this.parenthesised));
    return { name: this.build.name(first), ...(codes === undefined ? {} : { codes }), span: this.from(first) };
  });

  readonly script = this.RULE('script', (): ast.ProcessSection => {
    const first = this.next();
    const kind = this.OR<Alternatives<'script' | 'stub'>>([
      {
        ALT: () => {
          this.CONSUME(t.Script);
          return 'script';
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Stub);
          return 'stub';
        },
      },
    ]);
    const interpreter = this.OR2<Alternatives<ast.ScriptBody['interpreter']>>([
      { ALT: () => ({ kind: 'language', name: this.build.name(own(this.CONSUME(t.Identifier))) }) },
      {
        ALT: () => {
          const bracket = this.next();
          const items = this.SUBRULE(this.bracketed);
          return { kind: 'argv', argv: { kind: 'list', items, span: this.from(bracket) } };
        },
      },
    ]);
    const text = this.OR3<Alternatives<ast.ScriptBody['text']>>([
      { ALT: () => this.build.block(own(this.CONSUME(t.Block))) },
      {
        ALT: () => {
          this.CONSUME(t.From);
          return { kind: 'from', path: this.build.plain(own(this.CONSUME(t.StringLiteral))) };
        },
      },
    ]);
    return { kind, body: { interpreter, text }, span: this.from(first) };
  });

  // ------------------------------------------------------------ workflows

  readonly workflow = this.RULE('workflow', (): ast.Workflow => {
    const first = own(this.CONSUME(t.Workflow));
    const name = this.OPTION(() => this.build.name(own(this.CONSUME(t.Identifier))));
    const inputs: ast.Field[] = [];
    this.OPTION2(() => {
      this.CONSUME(t.LParen);
      this.OPTION3(() => inputs.push(this.SUBRULE(this.field)));
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.OPTION4(() => inputs.push(this.SUBRULE2(this.field)));
      });
      this.CONSUME(t.RParen);
    });
    const outputs =
      this.OPTION5(() => {
        this.CONSUME(t.Arrow);
        return this.SUBRULE(this.fieldBlock);
      }) ?? [];
    const body = this.SUBRULE(this.statements);
    return {
      kind: 'workflow',
      ...(name === undefined ? {} : { name }),
      ...withDocs(first),
      inputs,
      outputs,
      body,
      span: this.from(first),
    };
  });

  readonly statements = this.RULE('statements', (): ast.Statement[] => {
    const statements: ast.Statement[] = [];
    this.CONSUME(t.LBrace);
    this.OPTION(() => statements.push(this.SUBRULE(this.statement)));
    this.MANY(() => {
      this.CONSUME(t.End);
      this.OPTION2(() => statements.push(this.SUBRULE2(this.statement)));
    });
    this.CONSUME(t.RBrace);
    return statements;
  });

  private readonly statementAlternatives: Alternatives<ast.Statement> = [
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Let));
        const name = this.build.name(own(this.CONSUME(t.Identifier)));
        this.CONSUME(t.Assign);
        const value = this.SUBRULE(this.expression);
        return { kind: 'let', name, ...withDocs(first), value, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Publish));
        const value = this.SUBRULE2(this.expression);
        this.CONSUME(t.To);
        const to = this.SUBRULE3(this.expression);
        const as = this.OPTION(() => {
          this.CONSUME(t.As);
          return this.build.name(own(this.CONSUME2(t.Identifier)));
        });
        return { kind: 'publish', value, to, ...(as === undefined ? {} : { as }), span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Emit));
        const name = this.build.name(own(this.CONSUME3(t.Identifier)));
        this.CONSUME2(t.Assign);
        const value = this.SUBRULE4(this.expression);
        return { kind: 'emit', name, value, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Assert));
        const test = this.SUBRULE5(this.expression);
        const message = this.OPTION2(() => {
          this.CONSUME(t.Comma);
          return this.SUBRULE6(this.expression);
        });
        return { kind: 'assert', test, ...(message === undefined ? {} : { message }), span: this.from(first) };
      },
    },
    { ALT: () => this.SUBRULE(this.choice) },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.Expect));
        const test = this.SUBRULE7(this.expression);
        const snapshot = this.OPTION3(() => {
          this.CONSUME(t.Matches);
          this.CONSUME(t.Snapshot);
          return this.OPTION4(() => this.SUBRULE(this.args)) ?? [];
        });
        return { kind: 'expect', test, ...(snapshot === undefined ? {} : { snapshot }), span: this.from(first) };
      },
    },
  ];

  readonly statement = this.RULE('statement', (): ast.Statement => this.OR(this.statementAlternatives));

  readonly choice = this.RULE('choice', (): ast.Statement => {
    const first = own(this.CONSUME(t.If));
    const test = this.SUBRULE(this.expression);
    const then = this.SUBRULE(this.statements);
    const otherwise = this.OPTION(() => {
      this.CONSUME(t.Else);
      return this.OR<Alternatives<ast.Statement[]>>([
        { ALT: () => [this.SUBRULE(this.choice)] },
        { ALT: () => this.SUBRULE2(this.statements) },
      ]);
    });
    return { kind: 'if', test, then, ...(otherwise === undefined ? {} : { else: otherwise }), span: this.from(first) };
  });

  // ------------------------------------------------------------ types

  readonly type = this.RULE('type', (): ast.TypeNode => {
    const first = this.next();
    let type = this.SUBRULE(this.primaryType);
    let links = 0;
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const mark = own(this.CONSUME(t.Question));
            if (!this.build.isTooLong(links++, mark)) type = { kind: 'optional', of: type, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            const bracket = own(this.CONSUME(t.LBracket));
            this.CONSUME(t.RBracket);
            const args = this.OPTION(() => this.SUBRULE(this.args)) ?? [];
            if (!this.build.isTooLong(links++, bracket))
              type = { kind: 'list', of: type, args, span: this.from(first) };
          },
        },
      ]);
    });
    this.OPTION2({
      GATE: () => this.LA(1).image === 'in',
      DEF: () => {
        const operator = own(this.CONSUME(t.Operator));
        const range = this.SUBRULE(this.expression);
        const of = type;
        type = this.ACTION(() => this.build.range(of, operator, range));
      },
    });
    return type;
  });

  readonly primaryType = this.RULE('primaryType', (): ast.TypeNode => {
    const first = this.next();
    return this.OR<Alternatives<ast.TypeNode>>([
      {
        ALT: () => {
          const name = this.build.name(own(this.CONSUME(t.Identifier)));
          return this.OR2<Alternatives<ast.TypeNode>>([
            {
              ALT: () => {
                this.CONSUME(t.LAngle);
                const of = this.SUBRULE(this.type);
                const tags = this.OPTION(() => {
                  this.CONSUME(t.Comma);
                  this.CONSUME(t.LBrace);
                  return this.SUBRULE(this.schemaFields);
                });
                this.CONSUME(t.RAngle);
                return { kind: 'dataset', of, ...(tags === undefined ? {} : { tags }), span: this.from(first) };
              },
            },
            { ALT: () => ({ kind: 'named', name, args: this.SUBRULE(this.args), span: this.from(first) }) },
            { ALT: () => ({ kind: 'named', name, args: [], span: name.span }) },
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME2(t.LBrace);
          const fields = this.SUBRULE2(this.schemaFields);
          return { kind: 'record', fields, span: this.from(first) };
        },
      },
      {
        ALT: () => {
          const members = [this.SUBRULE(this.literal)];
          this.MANY(() => {
            this.CONSUME(t.Bar);
            members.push(this.SUBRULE2(this.literal));
          });
          return { kind: 'union', members, span: this.from(first) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          const type = this.SUBRULE2(this.type);
          this.CONSUME(t.RParen);
          return type;
        },
      },
      { ALT: () => this.build.error(own(this.CONSUME(t.ErrorToken))) },
    ]);
  });

  private readonly literalAlternatives: Alternatives<ast.Expr> = [
    { ALT: () => this.build.string(own(this.CONSUME(t.StringLiteral))) },
    { ALT: () => this.build.number(own(this.CONSUME(t.NumberLiteral))) },
    { ALT: () => this.build.bool(own(this.CONSUME(t.BoolLiteral))) },
    {
      ALT: () => {
        const sign = own(this.CONSUME(t.Prefix));
        const of = this.build.number(own(this.CONSUME2(t.NumberLiteral)));
        return { kind: 'unary', operator: sign.image === '-' ? '-' : 'not', of, span: this.from(sign) };
      },
    },
  ];

  /** A value that a type may be made of. */
  readonly literal = this.RULE('literal', (): ast.Expr => this.OR(this.literalAlternatives));

  // ------------------------------------------------------------ expressions

  /** A value with the clauses and pipes behind it, which have one level, left to right. */
  readonly expression = this.RULE('expression', (): ast.Expr => {
    const first = this.next();
    let value = this.SUBRULE(this.operation);
    let links = 0;
    this.MANY(() => {
      const mark = this.next();
      const clause = this.SUBRULE(this.clause, { ARGS: [value, first] });
      if (!this.build.isTooLong(links++, mark)) value = clause;
    });
    return value;
  });

  readonly clause = this.RULE(
    'clause',
    (of: ast.Expr = unknown, first: Token = recorded): ast.Expr =>
      this.OR<Alternatives<ast.Expr>>([
        {
          ALT: () => {
            this.CONSUME(t.PipeTo);
            const call = this.SUBRULE(this.postfix);
            return { kind: 'pipe', left: of, call, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Where);
            const test = this.SUBRULE(this.operation);
            return { kind: 'where', of, test, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Group);
            this.CONSUME(t.By);
            const by = this.SUBRULE(this.names);
            const rest: GroupClauses = {};
            this.MANY({
              // A second `order by` orders the groups.
              GATE: () => !(rest.order !== undefined && this.LA(1).tokenType === t.Order),
              DEF: () => {
                this.OR2([
                  {
                    ALT: () => {
                      rest.order = this.SUBRULE(this.order);
                    },
                  },
                  {
                    ALT: () => {
                      this.CONSUME(t.Keep);
                      rest.keep = this.SUBRULE2(this.names);
                    },
                  },
                  {
                    ALT: () => {
                      this.CONSUME(t.Over);
                      rest.over = this.SUBRULE2(this.operation);
                    },
                  },
                ]);
              },
            });
            return { kind: 'group', of, by, ...rest, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            const by = this.SUBRULE2(this.order);
            return { kind: 'order', of, by, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Tag);
            const entries = this.SUBRULE(this.entries);
            return { kind: 'tag', of, entries, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Untag);
            const names = this.SUBRULE3(this.names);
            return { kind: 'untag', of, names, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Select);
            const value = this.SUBRULE3(this.operation);
            return { kind: 'select', of, value, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Pivot);
            const tag = this.build.name(own(this.CONSUME(t.Identifier)));
            this.CONSUME(t.As);
            this.CONSUME(t.LBrace);
            const fields: ast.PivotField[] = [];
            let open = false;
            this.MANY2(() => {
              this.OR3([
                {
                  ALT: () => {
                    fields.push(this.SUBRULE(this.pivotField));
                  },
                },
                {
                  ALT: () => {
                    this.CONSUME(t.Ellipsis);
                    open = true;
                  },
                },
                { ALT: () => this.CONSUME(t.End) },
              ]);
            });
            this.CONSUME(t.RBrace);
            return { kind: 'pivot', of, tag, fields, open, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Window);
            const size = this.SUBRULE4(this.operation);
            this.CONSUME2(t.By);
            const by = this.SUBRULE4(this.names);
            const order = this.OPTION(() => this.SUBRULE3(this.order));
            return { kind: 'window', of, size, by, ...(order === undefined ? {} : { order }), span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Matching);
            const tags = this.SUBRULE5(this.names);
            return { kind: 'matching', of, tags, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.After);
            const other = this.SUBRULE5(this.operation);
            return { kind: 'after', of, other, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Cross);
            const right = this.SUBRULE6(this.operation);
            return { kind: 'cross', left: of, right, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.PlusPlus);
            const right = this.SUBRULE7(this.operation);
            return { kind: 'union', left: of, right, span: this.from(first) };
          },
        },
      ]),
  );

  /** `order by x desc, y`. A comma goes on only where a name follows that is not an argument's. */
  readonly order = this.RULE('order', (): ast.SortKey[] => {
    this.CONSUME(t.Order);
    this.CONSUME(t.By);
    const keys = [this.SUBRULE(this.sortKey)];
    this.MANY({
      GATE: () => this.LA(2).tokenType === t.Identifier,
      DEF: () => {
        this.CONSUME(t.Comma);
        keys.push(this.SUBRULE2(this.sortKey));
      },
    });
    return keys;
  });

  readonly sortKey = this.RULE('sortKey', (): ast.SortKey => {
    const value = this.SUBRULE(this.operation);
    const direction = this.OPTION(() =>
      this.OR<Alternatives<'asc' | 'desc'>>([
        {
          ALT: () => {
            this.CONSUME(t.Asc);
            return 'asc';
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Desc);
            return 'desc';
          },
        },
      ]),
    );
    return direction === undefined ? { value } : { value, direction };
  });

  readonly pivotField = this.RULE('pivotField', (): ast.PivotField => {
    const first = own(this.CONSUME(t.Key));
    const optional = this.OPTION(() => this.CONSUME(t.Question)) !== undefined;
    this.CONSUME(t.Colon);
    const value = this.SUBRULE(this.expression);
    return { name: this.build.name(first), optional, value, span: this.from(first) };
  });

  /** `(a, b)`, or one name alone. */
  readonly names = this.RULE('names', (): ast.Name[] =>
    this.OR<Alternatives<ast.Name[]>>([
      {
        ALT: () => {
          const names: ast.Name[] = [];
          this.CONSUME(t.LParen);
          this.OPTION(() => {
            names.push(this.build.name(own(this.CONSUME(t.Identifier))));
          });
          this.MANY(() => {
            this.CONSUME(t.Comma);
            this.OPTION2(() => {
              names.push(this.build.name(own(this.CONSUME2(t.Identifier))));
            });
          });
          this.CONSUME(t.RParen);
          return names;
        },
      },
      { ALT: () => [this.build.name(own(this.CONSUME3(t.Identifier)))] },
    ]),
  );

  /** Operands with operators between them. */
  readonly operation = this.RULE('operation', (): ast.Expr => {
    const pieces: Piece[] = [];
    this.MANY(() => {
      pieces.push(own(this.CONSUME(t.Prefix)));
    });
    this.OR([
      {
        ALT: () => {
          pieces.push(this.SUBRULE(this.postfix));
        },
      },
      {
        ALT: () => {
          pieces.push(own(this.CONSUME(t.DotDot)));
          this.OPTION(() => {
            this.MANY2(() => {
              pieces.push(own(this.CONSUME2(t.Prefix)));
            });
            pieces.push(this.SUBRULE2(this.postfix));
          });
        },
      },
    ]);
    this.MANY3(() => {
      this.OR2([
        {
          ALT: () => {
            pieces.push(own(this.CONSUME(t.Operator)));
            this.MANY4(() => {
              pieces.push(own(this.CONSUME3(t.Prefix)));
            });
            pieces.push(this.SUBRULE3(this.postfix));
          },
        },
        {
          ALT: () => {
            pieces.push(own(this.CONSUME2(t.DotDot)));
            this.OPTION2(() => {
              this.MANY5(() => {
                pieces.push(own(this.CONSUME4(t.Prefix)));
              });
              pieces.push(this.SUBRULE4(this.postfix));
            });
          },
        },
      ]);
    });
    const only = pieces[0];
    if (pieces.length === 1 && only !== undefined && !(only instanceof Token)) return only;
    return this.ACTION(() => this.build.operation(pieces));
  });

  readonly postfix = this.RULE('postfix', (): ast.Expr => {
    const first = this.next();
    let value = this.SUBRULE(this.primary);
    let links = 0;
    this.MANY(() => {
      const mark = this.next();
      const of = value;
      const link = this.OR<Alternatives<ast.Expr>>([
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const name = this.build.name(own(this.CONSUME(t.Identifier)));
            return { kind: 'member', of, name, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            const args = this.SUBRULE(this.args);
            return { kind: 'call', callee: of, args, span: this.from(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LBracket);
            const at = this.SUBRULE(this.expression);
            this.CONSUME(t.RBracket);
            return { kind: 'index', of, at, span: this.from(first) };
          },
        },
      ]);
      if (!this.build.isTooLong(links++, mark)) value = link;
    });
    return value;
  });

  private readonly primaryAlternatives: Alternatives<ast.Expr> = [
    {
      ALT: () => {
        const token = own(this.CONSUME(t.Identifier));
        return { kind: 'name', name: token.image, span: this.build.of(token) };
      },
    },
    { ALT: () => this.build.string(own(this.CONSUME(t.StringLiteral))) },
    { ALT: () => this.build.number(own(this.CONSUME(t.NumberLiteral))) },
    { ALT: () => this.build.bool(own(this.CONSUME(t.BoolLiteral))) },
    {
      ALT: () => {
        const first = this.next();
        const items = this.SUBRULE(this.bracketed);
        return { kind: 'list', items, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = this.next();
        const items = this.SUBRULE(this.parenthesised);
        return { kind: 'paren', items, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = this.next();
        const entries = this.SUBRULE(this.entries);
        return { kind: 'record', entries, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.LSchema));
        const fields = this.SUBRULE(this.schemaFields);
        return { kind: 'schema', fields, span: this.from(first) };
      },
    },
    {
      ALT: () => {
        const first = own(this.CONSUME(t.IfExpression));
        const test = this.SUBRULE(this.expression);
        this.CONSUME(t.Then);
        const then = this.SUBRULE2(this.expression);
        this.CONSUME(t.Else);
        const otherwise = this.SUBRULE3(this.expression);
        return { kind: 'if', test, then, else: otherwise, span: this.from(first) };
      },
    },
    { ALT: () => this.build.error(own(this.CONSUME(t.ErrorToken))) },
  ];

  readonly primary = this.RULE('primary', (): ast.Expr => this.OR(this.primaryAlternatives));

  readonly bracketed = this.RULE('bracketed', (): ast.Expr[] => {
    const items: ast.Expr[] = [];
    this.CONSUME(t.LBracket);
    this.OPTION(() => items.push(this.SUBRULE(this.expression)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OPTION2(() => items.push(this.SUBRULE2(this.expression)));
    });
    this.CONSUME(t.RBracket);
    return items;
  });

  readonly parenthesised = this.RULE('parenthesised', (): ast.Expr[] => {
    const items: ast.Expr[] = [];
    this.CONSUME(t.LParen);
    this.OPTION(() => items.push(this.SUBRULE(this.expression)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OPTION2(() => items.push(this.SUBRULE2(this.expression)));
    });
    this.CONSUME(t.RParen);
    return items;
  });

  readonly args = this.RULE('args', (): ast.Arg[] => {
    const args: ast.Arg[] = [];
    this.CONSUME(t.LParen);
    this.OPTION(() => args.push(this.SUBRULE(this.arg)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OPTION2(() => args.push(this.SUBRULE2(this.arg)));
    });
    this.CONSUME(t.RParen);
    return args;
  });

  readonly arg = this.RULE('arg', (): ast.Arg => {
    const first = this.next();
    const name = this.OPTION(() => {
      const key = this.build.name(own(this.CONSUME(t.Key)));
      this.CONSUME(t.Colon);
      return key;
    });
    const each = this.OPTION2(() => this.CONSUME(t.Each)) !== undefined;
    const value = this.SUBRULE(this.expression);
    return { ...(name === undefined ? {} : { name }), ...(each ? { each } : {}), value, span: this.from(first) };
  });

  /** What stands between the braces of a text. */
  readonly hole = this.RULE('hole', (): ast.Expr => this.SUBRULE(this.expression));
}
