/** The filters of a list as part of its query: a class with the rules and the descriptions of `LIST_FILTERS`. */
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { type FilterName, LIST_FILTERS } from '@invoq/contract/list-filters';

/** Each is the text of the query. */
type FilterTexts = Partial<Record<FilterName, string>>;

class OfTheTable {}

for (const [name, { description, pattern, rule, schema }] of Object.entries(LIST_FILTERS)) {
  const rules = [IsOptional(), IsString(), Matches(pattern, { message: rule })];
  for (const decorate of [...rules, ApiProperty({ required: false, type: String, description, ...schema })])
    decorate(OfTheTable.prototype, name);
}

export const FilterDto = OfTheTable as new () => FilterTexts;
