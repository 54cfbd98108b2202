/**
 * Migrations are written once, in the names of types that SQLite knows; this says them in PostgreSQL's. Texts compare by
 * their bytes, as in SQLite: what a page of a list begins after must not depend on a database's language.
 */
import { OperationNodeTransformer, sql } from 'kysely';
import type {
  ColumnDefinitionNode,
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely';

const TYPES: Readonly<Record<string, ColumnDefinitionNode['dataType']>> = {
  blob: sql`bytea`.toOperationNode(),
  text: sql`text collate "C"`.toOperationNode(),
};

class ColumnTypes extends OperationNodeTransformer {
  protected override transformColumnDefinition(node: ColumnDefinitionNode): ColumnDefinitionNode {
    const column = super.transformColumnDefinition(node);
    const type = column.dataType.kind === 'DataTypeNode' ? (column.dataType as { dataType?: string }) : {};
    return { ...column, dataType: TYPES[type.dataType ?? ''] ?? column.dataType };
  }
}

export class PostgresTypes implements KyselyPlugin {
  readonly #columns = new ColumnTypes();

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return this.#columns.transformNode(node);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}
